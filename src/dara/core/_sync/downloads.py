"""Downloads: files that actions send to a browser."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import orjson

from dara.core._context import hashed_session
from dara.core._effects import ClientEffect, Download, FilePiece
from dara.core._shared_folder import SharedFolder
from dara.core._sync.connection import Connection
from dara.core._sync.protocol import encode
from dara.core._temporary import delete_file
from dara.core._threads import Threads
from dara.core.errors import InvalidConfig

OFFER_SECONDS: Final = 600
OFFERS_PER_SESSION: Final = 100
COPY_SECONDS: Final = 24 * 3600
"""The time for which a killed server leaves the copy of a file behind; a slow browser may take long to fetch it."""
MAX_BYTES_ON_CONNECTION: Final = 16 * 1024 * 1024
PIECE_BYTES: Final = 48 * 1024
COPIED_BYTES: Final = 1024 * 1024
CHECK_SECONDS: Final = 1
THREADS: Final = 8


@dataclass(frozen=True, slots=True)
class Offer:
    """A file that one login session may fetch once.

    Attributes:
        path: where the file is; of a copy in the shared folder, where this host has it.
        name: the name of the file for the user.
        is_temporary: whether to delete the file when it was fetched, or the offer has ended.
    """

    path: Path
    name: str
    is_temporary: bool


@dataclass(frozen=True, slots=True)
class _Made:
    """An offer that this server has made, and its end on the monotonic clock."""

    offer: Offer
    session_id: str
    expires: float


class Downloads:
    """The files that actions send.

    A file is offered under an unguessable address, and fetched by HTTP from whichever server the request reaches. The
    offer is in the shared folder, and a copy of the file, too, if there are other hosts. Where servers share no folder,
    the file is sent on the tab's own connection.
    """

    def __init__(self, folder: SharedFolder) -> None:
        self._folder = folder
        self._offers = folder.files('offers', OFFER_SECONDS)
        self._copies = folder.files('downloads', COPY_SECONDS)
        self._made: dict[str, _Made] = {}
        self._threads = Threads('dara-downloads', THREADS)

    async def send(self, connection: Connection, call: int, path: Path, is_temporary: bool) -> None:
        """Send a file to a tab, as an effect of the action with that call id.

        Raises:
            InvalidConfig: the file is too large for a connection, and the servers share no folder.
        """
        emit: Callable[[ClientEffect], None] = lambda effect: connection.send(encode.effect(call, effect))  # noqa: E731
        if await self._folder.is_shared_by_all():
            emit(Download(await self.offer(connection.identity.session_id, path, is_temporary), path.name))
            return
        size = (await self._threads.run(path.stat)).st_size
        if size > MAX_BYTES_ON_CONNECTION:
            raise InvalidConfig(
                f'The file {path.name} has {size:,} bytes. Several servers without a common folder serve the app, and '
                f'files can have {MAX_BYTES_ON_CONNECTION:,} bytes then: set config.shared_folder.'
            )
        async for piece in self._pieces(path):
            if not await _sent(connection, encode.effect(call, piece)):
                break  # the tab shows that its connection was lost
        if is_temporary:
            await self._threads.run(delete_file, path)

    async def offer(self, session_id: str, path: Path, is_temporary: bool) -> str:
        """Offer a file to a session; return its address below the app's root.

        The offer ends after 10 minutes, or when the session has 100 newer ones.
        """
        token = secrets.token_urlsafe(24)
        offer = await self._threads.run(self._offer, token, session_id, path, is_temporary)
        offered = [each for each, made in self._made.items() if made.session_id == session_id]
        self._made[token] = _Made(offer, session_id, time.monotonic() + OFFER_SECONDS)
        if len(offered) >= OFFERS_PER_SESSION:
            await self._withdraw(offered[0])
        return f'/_dara/download/{token}'

    async def take(self, token: str, session_id: str) -> Offer | None:
        """Remove and return an offer, by whichever server, if there is one for that session."""
        offer = await self._threads.run(self._take, token, session_id)
        if offer:
            self._made.pop(token, None)
        return offer

    async def expire(self) -> None:
        """Withdraw the offers of this server that have expired."""
        now = time.monotonic()
        for token in [token for token, made in self._made.items() if made.expires < now]:
            await self._withdraw(token)

    def _offer(self, token: str, session_id: str, path: Path, is_temporary: bool) -> Offer:
        offer, copy = Offer(path.absolute(), path.name, is_temporary), None
        if self._folder.reach == 'hosts':
            copy = f'{token}.file'
            offer = self._copied(offer, copy)
        content = [hashed_session(session_id), copy, str(offer.path), offer.name, offer.is_temporary]
        self._offers.write(token, orjson.dumps(content))
        return offer

    def _take(self, token: str, session_id: str) -> Offer | None:
        try:
            content = self._offers.read(token)
        except ValueError:  # no token
            return None
        if content is None:
            return None
        session, copy, path, name, is_temporary = orjson.loads(content)
        if session != hashed_session(session_id) or not self._claim(token):
            return None
        offer = Offer(self._copies.path(copy) if copy else Path(path), name, is_temporary)
        return offer if offer.path.is_file() else None

    def _claim(self, token: str) -> bool:
        """Take an offer away from all servers; return false if another one was first."""
        taken = self._offers.take(token)
        if taken:
            delete_file(taken)
        return taken is not None

    async def _withdraw(self, token: str) -> None:
        made = self._made.pop(token, None)
        if made:
            await self._threads.run(self._drop, token, made.offer)

    def _drop(self, token: str, offer: Offer) -> None:
        if self._claim(token) and offer.is_temporary:
            delete_file(offer.path)

    def _copied(self, offer: Offer, copy: str) -> Offer:
        """Copy the file of an offer to where all hosts find it, under that name."""
        with offer.path.open('rb') as source, self._copies.writing(copy) as target:
            shutil.copyfileobj(source, target, COPIED_BYTES)
        if offer.is_temporary:
            delete_file(offer.path)
        return Offer(self._copies.path(copy), offer.name, is_temporary=True)

    async def _pieces(self, path: Path) -> AsyncIterator[FilePiece]:
        """Yield the pieces of a file; the last one has its name."""
        file = secrets.token_hex(8)
        source: BinaryIO = await self._threads.run(lambda: path.open('rb'))
        try:
            while piece := await self._threads.run(source.read, PIECE_BYTES):
                yield FilePiece(file, b64encode(piece).decode())
            yield FilePiece(file, '', path.name)
        finally:
            await self._threads.run(source.close)


async def _sent(connection: Connection, message: str) -> bool:
    """Send a message when there is room for it; return whether the tab is still there."""
    is_sent = asyncio.get_running_loop().create_future()

    def send() -> list[str]:
        if not is_sent.done():
            is_sent.set_result(None)
        return [message]

    connection.send(send)
    while not (is_sent.done() or connection.is_disconnected or connection.is_closing):
        await asyncio.wait({is_sent}, timeout=CHECK_SECONDS)
    return is_sent.done()
