"""One websocket and its connection: the only file that reads frames."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

from starlette.types import Message, Receive, Scope, Send

from dara.core._limits import Limits
from dara.core._outages import OUTAGES
from dara.core._server.identity import CLOSE_UNKNOWN, CREDENTIAL
from dara.core._server.origin import is_same_origin, origin_and_host
from dara.core._server.sessions import LoginSession, Sessions
from dara.core._slices import Slices
from dara.core._sync.connection import Connection
from dara.core._sync.hub import Hub
from dara.core._sync.protocol import VERSION, encode
from dara.core._sync.protocol.decode import MalformedFrame, decode_steps
from dara.core._sync.protocol.messages import ClientMessage, Hello, ProtocolError

CLOSE_SECONDS: Final = 5
REVOKED_SECONDS: Final = 40  # and what is known of a user is at most 20 s old: within a minute
logger = logging.getLogger('dara')


class SocketEndpoint:
    """The ASGI app at `/_dara/ws`. A page of another origin is refused before it is connected."""

    def __init__(self, hub: Hub, sessions: Sessions) -> None:
        self._hub = hub
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        if not is_same_origin(scope):
            said = origin_and_host(scope)
            logger.warning('a socket was refused: its page is not of this host; see its Origin and Host: %s', said)
            await send({'type': 'websocket.close', 'code': 1008})
            return
        await send({'type': 'websocket.accept'})
        with suppress(OSError, TimeoutError):  # the peer is gone
            await self._serve(scope['dara.session'], receive, send)

    async def _serve(self, login: LoginSession | None, receive: Receive, send: Send) -> None:
        if login is None:
            await _send_away(send)
            return
        await _converse(self._hub, self._sessions, login, receive, send)


async def _converse(hub: Hub, sessions: Sessions, login: LoginSession, receive: Receive, send: Send) -> None:
    try:
        async with asyncio.timeout(hub.limits.hello_seconds):
            first = await _read(receive, hub.limits)
        if not first or not isinstance(first[0], Hello):
            raise ProtocolError('the first message must be hello')
        if first[0].protocol != VERSION:
            raise ProtocolError(f'this server speaks version {VERSION} of the protocol')
        if sessions.is_over(login):  # it ended after the handshake
            await _send_away(send)
            return
        connection = hub.connect(first[0], login.identity)
    except (MalformedFrame, ProtocolError, TimeoutError) as error:
        await _refuse(send, str(error))
        return
    watching = asyncio.create_task(_watch(hub, sessions, login, connection))
    writing = asyncio.create_task(connection.write(lambda frame: send({'type': 'websocket.send', 'text': frame})))
    has_left = False
    try:
        reading = _read_all(hub, connection, lambda: sessions.is_over(login), receive, first[1:])
        has_left = await _until_over(connection, reading, writing, sessions.seconds_left(login))
    finally:
        hub.disconnect(connection)
        writing.cancel()
        watching.cancel()
        await asyncio.gather(writing, watching, return_exceptions=True)
    if not has_left:
        # A tab that takes nothing does not take a goodbye either.
        async with asyncio.timeout(CLOSE_SECONDS):
            await send({'type': 'websocket.close', 'code': 1000})


async def _watch(hub: Hub, sessions: Sessions, login: LoginSession, connection: Connection) -> None:
    """End the sockets of a login session whose user is gone, or has another credential.

    Where that cannot be told, this socket ends, and its tab comes back again and again until it can.
    """
    while True:
        await asyncio.sleep(REVOKED_SECONDS * (1 + random.random()) / 2)  # noqa: S311  # so that not all are asked at once
        try:
            is_revoked = await sessions.ask(sessions.is_revoked, login)
        except Exception as error:  # of the app's own config
            OUTAGES.failed(CREDENTIAL, login.identity.user.identity_id, error)
            connection.close('unsure')
            return
        OUTAGES.worked(CREDENTIAL, login.identity.user.identity_id)
        if is_revoked:
            hub.log_out(login.identity.session_id)


async def _until_over(
    connection: Connection, reading: Coroutine[Any, Any, None], writing: asyncio.Task[None], seconds: float
) -> bool:
    """Wait until the tab leaves, the server closes it, or its login session is over; return whether the tab left."""
    try:
        async with asyncio.timeout(seconds) as patience:
            is_reading = True

            def stop(_: asyncio.Task[None]) -> None:
                if is_reading:  # a callback that is under way cannot be taken back
                    patience.reschedule(0)  # nothing is read after a goodbye

            writing.add_done_callback(stop)
            try:
                await reading
            finally:
                is_reading = False
                writing.remove_done_callback(stop)
        return True
    except TimeoutError:
        connection.close('expired')  # it comes back at once, and goes on if its browser has a newer cookie
        await asyncio.wait({writing}, timeout=CLOSE_SECONDS)
        return False


async def _read_all(
    hub: Hub,
    connection: Connection,
    is_over: Callable[[], bool],
    receive: Receive,
    messages: list[ClientMessage],
) -> None:
    """Hand on what the tab says, from `messages` on, until it leaves or says what it may not."""
    try:
        while True:
            slices = Slices()
            for message in messages:
                await slices.pause()
                if is_over():
                    await asyncio.sleep(CLOSE_SECONDS)  # the writer says goodbye, unless the tab takes nothing
                    return
                hub.receive(connection, message)
            heard = await _read(receive, hub.limits)
            if heard is None:
                return
            messages = heard
    except (MalformedFrame, ProtocolError) as error:
        logger.warning('tab %s broke the protocol: %s', connection.client[:8], error)
        connection.close('protocol')
        await asyncio.Event().wait()  # until the writer has said so


async def _read(receive: Receive, limits: Limits) -> list[ClientMessage] | None:
    """Return the messages of the next frame, or `None` when the tab has left."""
    message = await receive()
    if message['type'] == 'websocket.disconnect':
        return None
    return await Slices().run(decode_steps(_text(message, limits)))


def _text(message: Message, limits: Limits) -> str:
    text = message.get('text')
    if not isinstance(text, str):
        raise MalformedFrame('a frame must be text')
    if len(text) > limits.frame_bytes:
        raise MalformedFrame(f'a frame may take {limits.frame_bytes} bytes')
    return text


async def _refuse(send: Send, reason: str) -> None:
    logger.warning('a socket was refused: %s', reason)
    with suppress(OSError):
        await send({'type': 'websocket.send', 'text': encode.bye(4000, 'protocol', 5000)})
        await send({'type': 'websocket.close', 'code': 4000})


async def _send_away(send: Send) -> None:
    """Tell a tab whose user is not known that they have to log in."""
    await send({'type': 'websocket.send', 'text': encode.bye(CLOSE_UNKNOWN, 'auth', 1000)})
    await send({'type': 'websocket.close', 'code': CLOSE_UNKNOWN})
