"""Files that actions offer to the browser that started them."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

OFFERED_SECONDS: Final = 600
OFFERED_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Offer:
    """A file that one login session may fetch once."""

    path: Path
    cleanup: bool
    session_id: str
    until: float


class Downloads:
    """The files on offer, by unguessable names."""

    def __init__(self) -> None:
        self._offers: dict[str, Offer] = {}

    def offer(self, session_id: str, path: Path, cleanup: bool) -> str:
        """Return the address, below the app's root, at which that session can fetch the file once, for a while.

        Of many that it does not fetch, the oldest is withdrawn.
        """
        self.expire()
        offered = [token for token, offer in self._offers.items() if offer.session_id == session_id]
        if len(offered) >= OFFERED_AT_ONCE:
            self._withdraw(offered[0])
        token = secrets.token_urlsafe(24)
        self._offers[token] = Offer(path, cleanup, session_id, time.monotonic() + OFFERED_SECONDS)
        return f'/_dara/download/{token}'

    def take(self, token: str, session_id: str) -> Offer | None:
        """Return the offer of that name, if it is for that session; it cannot be taken twice."""
        self.expire()
        offer = self._offers.get(token)
        if offer is None or offer.session_id != session_id:
            return None
        return self._offers.pop(token)

    def expire(self) -> None:
        """Withdraw what nobody has fetched in time."""
        now = time.monotonic()
        for token in [token for token, offer in self._offers.items() if offer.until < now]:
            self._withdraw(token)

    def _withdraw(self, token: str) -> None:
        offer = self._offers.pop(token)
        if offer.cleanup:
            offer.path.unlink(missing_ok=True)
