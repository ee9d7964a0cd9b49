"""Downloads: files that actions offer to a browser."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

import orjson

OFFER_SECONDS: Final = 600
OFFERS_PER_SESSION: Final = 100
_TOKEN: Final = re.compile('[A-Za-z0-9_-]{32}')


@dataclass(frozen=True, slots=True)
class Offer:
    """A file that one login session may fetch once.

    Attributes:
        cleanup: whether to delete the file when it was fetched, or has expired.
        expires: the end of the offer, in seconds of the monotonic clock, which is that of the machine.
    """

    path: Path
    cleanup: bool
    session_id: str
    expires: float


class Downloads:
    """The offered files, by unguessable names.

    Args:
        folder: a folder of the processes that serve the app on this machine. A file can then be fetched from each.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
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
        offer = Offer(path, cleanup, session_id, time.monotonic() + OFFER_SECONDS)
        self._offers[token] = offer
        if self._folder:
            (self._folder / token).write_bytes(orjson.dumps([str(path), *astuple(offer)[1:]]))
        return f'/_dara/download/{token}'

    def take(self, token: str, session_id: str) -> Offer | None:
        """Remove and return an offer, if there is one for that session."""
        self.expire()
        offer = self._offers.get(token) or self._offer_of_others(token)
        if offer is None or offer.session_id != session_id or not self._claim(token):
            return None
        self._offers.pop(token, None)
        return offer

    def expire(self) -> None:
        """Withdraw the offers that have expired."""
        now = time.monotonic()
        for token in [token for token, offer in self._offers.items() if offer.expires < now]:
            self._withdraw(token)

    def _offer_of_others(self, token: str) -> Offer | None:
        """Return the offer that another process has made, if there is one."""
        if self._folder is None or not _TOKEN.fullmatch(token):
            return None
        try:
            path, *others = orjson.loads((self._folder / token).read_bytes())
        except FileNotFoundError:
            return None
        offer = Offer(Path(path), *others)
        return offer if offer.expires >= time.monotonic() else None

    def _claim(self, token: str) -> bool:
        """Take an offer away from all processes; return false if another one was first."""
        if self._folder is None:
            return True
        try:
            (self._folder / token).unlink()
        except FileNotFoundError:
            return False
        return True

    def _withdraw(self, token: str) -> None:
        offer = self._offers.pop(token)
        if self._claim(token) and offer.cleanup:
            offer.path.unlink(missing_ok=True)
