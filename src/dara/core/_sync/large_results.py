"""Large results: each is offered to the tab that has called for it, which fetches it by HTTP."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import OrderedDict
from typing import Final, NamedTuple

from dara.core._sync.connection import Connection
from dara.core._sync.encoded import Encoded
from dara.core._sync.protocol import encode

OFFER_SECONDS: Final = 60
OFFERED_BYTES: Final = 64 * 1024 * 1024
"""The compressed size of the results that are offered to one tab; of a larger result, it is the only one."""


class _Offer(NamedTuple):
    """A result that one tab may fetch once, until a time of the monotonic clock."""

    encoded: Encoded
    connection: Connection
    expires: float


async def send_in_parts(connection: Connection, id: int, encoded: Encoded) -> None:
    """Send a large result on the tab's own connection: where there are many servers, a request may reach another one.

    Each part is made when there is room for it, and other work is done in between. The end of the task is that of the
    parts, whether all are sent or the call is cancelled.
    """
    loop = asyncio.get_running_loop()
    sent: asyncio.Future[None] = loop.create_future()
    pieces = encoded.pieces()

    def send_next() -> list[str]:
        if sent.done():
            return []
        piece = next(pieces, None)
        if piece is None:
            sent.set_result(None)
            return [encode.parts_end(id, in_blocks=encoded.in_blocks)]
        loop.call_soon(connection.send, send_next)
        return [encode.part(id, piece.text) if piece.is_line else encode.part_of_line(id, piece.text)]

    connection.send(send_next)
    await sent


class LargeResults:
    """The offered results, by unguessable names."""

    def __init__(self) -> None:
        self._offers: OrderedDict[str, _Offer] = OrderedDict()

    def offer(self, connection: Connection, encoded: Encoded) -> str:
        """Offer a result to a tab; return its address below the app's root.

        The offer ends after a minute, when the tab disconnects, or when newer offers take too much memory.
        """
        self.expire()
        size = len(encoded.content)
        for token in reversed([token for token, offer in self._offers.items() if offer.connection is connection]):
            size += len(self._offers[token].encoded.content)
            if size > OFFERED_BYTES:
                del self._offers[token]
        token = secrets.token_urlsafe(24)
        self._offers[token] = _Offer(encoded, connection, time.monotonic() + OFFER_SECONDS)
        return f'/_dara/result/{token}'

    def take(self, token: str, session_id: str) -> Encoded | None:
        """Remove and return an offered result, if there is one for that session."""
        self.expire()
        offer = self._offers.get(token)
        if offer is None or offer.connection.identity.session_id != session_id:
            return None
        return self._offers.pop(token).encoded

    def expire(self) -> None:
        """Withdraw the offers that have expired, or whose tabs are gone."""
        now = time.monotonic()
        for token, offer in list(self._offers.items()):
            if offer.expires < now or offer.connection.is_disconnected:
                del self._offers[token]
