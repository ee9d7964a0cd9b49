"""The websocket endpoint: reads the frames of a tab, and writes those of its connection."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Final, TypeAlias

from starlette.types import Message, Receive, Scope, Send

from dara.core._limits import Limits
from dara.core._server.identity import CLOSE_UNAUTHENTICATED
from dara.core._server.monitor import count_received, counted
from dara.core._server.origin import is_same_origin, origin_and_host
from dara.core._server.sessions import LoginSession, Sessions
from dara.core._server.watch import Watch
from dara.core._slices import Slices
from dara.core._sync.connection import Connection
from dara.core._sync.eager import start_eagerly
from dara.core._sync.hub import Hub
from dara.core._sync.protocol import VERSION, encode
from dara.core._sync.protocol.decode import MalformedFrame, decode_steps
from dara.core._sync.protocol.messages import ClientMessage, Hello, ProtocolError

CLOSE_SECONDS: Final = 5
MESSAGES_AT_ONCE: Final = 250
SHORT_WAY: Final = 'dara.write'
"""The ASGI extension of a server that writes texts: its `write` sends a text at once and returns True, or returns False
if `send` would wait or raise.
"""
Write: TypeAlias = Callable[[str], bool]
logger = logging.getLogger('dara')


class SocketEndpoint:
    """The ASGI app at `/_dara/ws`. Pages of another origin are rejected before they are connected."""

    def __init__(self, hub: Hub, sessions: Sessions) -> None:
        self._hub = hub
        self._sessions = sessions
        self._watch = Watch(hub, sessions)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        if not is_same_origin(scope):
            headers = origin_and_host(scope)
            logger.warning('a socket was rejected: its page is of another host; see its Origin and Host: %s', headers)
            await send({'type': 'websocket.close', 'code': 1008})
            return
        await send({'type': 'websocket.accept'})
        login: LoginSession | None = scope['dara.session']
        write = _short_way(scope)
        with suppress(OSError, TimeoutError):  # the peer is gone
            if login is None:
                await _send_to_login(send)
            else:
                await self._serve(login, receive, send, write)

    async def _serve(self, login: LoginSession, receive: Receive, send: Send, write: Write | None) -> None:
        try:
            async with asyncio.timeout(self._hub.limits.hello_seconds):
                messages = await _decoded(await receive(), self._hub.limits)
            if messages is None:
                return  # the tab has left
            hello = _hello(messages)
            if self._sessions.is_over(login):  # it has ended since the handshake
                await _send_to_login(send)
                return
            connection = self._hub.connect(hello, login.identity)
        except (MalformedFrame, ProtocolError, TimeoutError) as error:
            await _reject(send, str(error) or 'there was no hello in time')
            return
        self._watch.add(connection, login)
        try:
            async with asyncio.timeout(None) as timeout:
                connection.open(counted(partial(_transmit, send, write)), partial(timeout.reschedule, 0))
                await self._read(connection, login, receive, messages[1:])
            return  # the tab has left
        except TimeoutError:
            pass  # the server has closed the connection
        finally:
            self._watch.remove(connection)
            self._hub.disconnect(connection)
            await connection.stop()
        async with asyncio.timeout(CLOSE_SECONDS):  # a tab that reads nothing does not read this either
            await send({'type': 'websocket.close', 'code': 1000})

    async def _read(
        self, connection: Connection, login: LoginSession, receive: Receive, messages: list[ClientMessage] | None
    ) -> None:
        """Have the hub handle `messages`, and those that follow, until the tab leaves or breaks the protocol."""
        try:
            while messages is not None:
                slices = Slices()
                for count, message in enumerate(messages, 1):
                    # The writer sends the answers meanwhile; else a fast server would take the tab for a slow one.
                    await (slices.pause() if count % MESSAGES_AT_ONCE else asyncio.sleep(0))
                    if self._sessions.is_over(login):
                        await asyncio.sleep(CLOSE_SECONDS)  # meanwhile the writer sends `bye`, if the tab reads it
                        return
                    self._hub.receive(connection, message)
                messages = await _decoded(await receive(), self._hub.limits)
        except (MalformedFrame, ProtocolError) as error:
            logger.warning('tab %s broke the protocol: %s', connection.client[:8], error)
            connection.close('protocol')
            await asyncio.Event().wait()  # until the writer has sent `bye`, and this task is cancelled


def _short_way(scope: Scope) -> Write | None:
    """Return the server's function that writes frames, if it has one and no middleware of the app sees the frames.

    Nothing reads the headers of the handshake any more then. They are dropped: the scope lasts as long as the socket.
    """
    extension = scope.get('extensions', {}).pop(SHORT_WAY, None)
    if extension is None:
        return None
    scope['headers'].clear()
    write: Write = extension['write']
    return write


def _transmit(send: Send, write: Write | None, frame: str) -> Awaitable[None] | None:
    """Send a frame as far as there is room; return the rest, to be awaited, or `None` if there is none."""
    if write is not None and write(frame):
        return None
    return start_eagerly(send({'type': 'websocket.send', 'text': frame}))


def _hello(messages: list[ClientMessage]) -> Hello:
    if not messages or not isinstance(messages[0], Hello):
        raise ProtocolError('the first message must be hello')
    if messages[0].protocol != VERSION:
        raise ProtocolError(f'this server speaks version {VERSION} of the protocol')
    return messages[0]


async def _decoded(received: Message, limits: Limits) -> list[ClientMessage] | None:
    """Return the messages of a frame, or `None` when the tab has left."""
    if received['type'] == 'websocket.disconnect':
        return None
    text = received.get('text')
    if not isinstance(text, str):
        raise MalformedFrame('a frame must be text')
    if len(text) > limits.frame_bytes:
        raise MalformedFrame(f'a frame may take {limits.frame_bytes} bytes')
    count_received(text)
    return await Slices().run(decode_steps(text))


async def _reject(send: Send, reason: str) -> None:
    logger.warning('a socket was rejected: %s', reason)
    with suppress(OSError):
        await send({'type': 'websocket.send', 'text': encode.bye(4000, 'protocol', 5000)})
        await send({'type': 'websocket.close', 'code': 4000})


async def _send_to_login(send: Send) -> None:
    """Have a tab without a session go to the login page."""
    await send({'type': 'websocket.send', 'text': encode.bye(CLOSE_UNAUTHENTICATED, 'auth', 1000)})
    await send({'type': 'websocket.close', 'code': CLOSE_UNAUTHENTICATED})
