"""Downloads: files that actions offer to a browser."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

OFFER_SECONDS: Final = 600
OFFERS_PER_SESSION: Final = 100


@dataclass(frozen=True, slots=True)
class Offer:
    """A file that one login session may fetch once.

    Attributes:
        cleanup: whether to delete the file when it was fetched, or has expired.
        expires: the end of the offer, in seconds of the monotonic clock.
    """

    path: Path
    cleanup: bool
    session_id: str
    expires: float


class Downloads:
    """The offered files, by unguessable names."""

    def __init__(self) -> None:
        self._offers: dict[str, Offer] = {}

    def offer(self, session_id: str, path: Path, cleanup: bool) -> str:
        """Offer a file to a session; return its address below the app's root.

        The offer ends after 10 minutes, or when the session has 100 newer ones.
        """
        self.expire()
        offered = [token for token, offer in self._offers.items() if offer.session_id == session_id]
        if len(offered) >= OFFERS_PER_SESSION:
            self._withdraw(offered[0])
        token = secrets.token_urlsafe(24)
        self._offers[token] = Offer(path, cleanup, session_id, time.monotonic() + OFFER_SECONDS)
        return f'/_dara/download/{token}'

    def take(self, token: str, session_id: str) -> Offer | None:
        """Remove and return an offer, if there is one for that session."""
        self.expire()
        offer = self._offers.get(token)
        if offer is None or offer.session_id != session_id:
            return None
        return self._offers.pop(token)

    def expire(self) -> None:
        """Withdraw the offers that have expired."""
        now = time.monotonic()
        for token in [token for token, offer in self._offers.items() if offer.expires < now]:
            self._withdraw(token)

    def _withdraw(self, token: str) -> None:
        offer = self._offers.pop(token)
        if offer.cleanup:
            offer.path.unlink(missing_ok=True)
