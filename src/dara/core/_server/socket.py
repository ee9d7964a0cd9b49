"""The websocket endpoint: reads the frames of a tab, and writes those of its connection."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final

from starlette.types import Receive, Scope, Send

from dara.core._limits import Limits
from dara.core._outages import OUTAGES
from dara.core._server.identity import CLOSE_UNAUTHENTICATED, CREDENTIAL
from dara.core._server.origin import is_same_origin, origin_and_host
from dara.core._server.sessions import LoginSession, Sessions
from dara.core._slices import Slices
from dara.core._sync.connection import Connection
from dara.core._sync.hub import Hub
from dara.core._sync.protocol import VERSION, encode
from dara.core._sync.protocol.decode import MalformedFrame, decode_steps
from dara.core._sync.protocol.messages import ClientMessage, Hello, ProtocolError

CLOSE_SECONDS: Final = 5
MESSAGES_AT_ONCE: Final = 250
REVOKED_SECONDS: Final = 40  # credentials are cached for 20 s, and a lost one is to end the socket within a minute
logger = logging.getLogger('dara')


class SocketEndpoint:
    """The ASGI app at `/_dara/ws`. Pages of another origin are rejected before they are connected."""

    def __init__(self, hub: Hub, sessions: Sessions) -> None:
        self._hub = hub
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        if not is_same_origin(scope):
            headers = origin_and_host(scope)
            logger.warning('a socket was rejected: its page is of another host; see its Origin and Host: %s', headers)
            await send({'type': 'websocket.close', 'code': 1008})
            return
        await send({'type': 'websocket.accept'})
        login: LoginSession | None = scope['dara.session']
        with suppress(OSError, TimeoutError):  # the peer is gone
            if login is None:
                await _send_to_login(send)
            else:
                await self._serve(login, receive, send)

    async def _serve(self, login: LoginSession, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(self._hub.limits.hello_seconds):
                messages = await _read_frame(receive, self._hub.limits)
            hello = _hello(messages)
            if self._sessions.is_over(login):  # it has ended since the handshake
                await _send_to_login(send)
                return
            connection = self._hub.connect(hello, login.identity)
        except (MalformedFrame, ProtocolError, TimeoutError) as error:
            await _reject(send, str(error) or 'there was no hello in time')
            return
        watcher = asyncio.create_task(self._watch_credential(login, connection))
        writer = asyncio.create_task(connection.write(lambda frame: send({'type': 'websocket.send', 'text': frame})))
        has_left = False
        try:
            reading = self._read(connection, login, receive, (messages or [])[1:])
            has_left = await _until_over(connection, reading, writer, self._sessions.seconds_left(login))
        finally:
            self._hub.disconnect(connection)
            writer.cancel()
            watcher.cancel()
            await asyncio.gather(writer, watcher, return_exceptions=True)
        if not has_left:
            async with asyncio.timeout(CLOSE_SECONDS):  # a tab that reads nothing does not read this either
                await send({'type': 'websocket.close', 'code': 1000})

    async def _watch_credential(self, login: LoginSession, connection: Connection) -> None:
        """Close the sockets of a session whose user has lost or changed their credential.

        If the credential cannot be checked, close this socket: its tab reconnects until it can.
        """
        while True:
            await asyncio.sleep(REVOKED_SECONDS * (1 + random.random()) / 2)  # noqa: S311  # spreads the checks
            try:
                is_revoked = await self._sessions.call_auth(self._sessions.is_revoked, login)
            except Exception as error:  # of the app's auth config
                OUTAGES.failed(CREDENTIAL, login.identity.user.identity_id, error)
                connection.close('unsure')
                return
            OUTAGES.worked(CREDENTIAL, login.identity.user.identity_id)
            if is_revoked:
                self._hub.log_out(login.identity.session_id)

    async def _read(
        self, connection: Connection, login: LoginSession, receive: Receive, messages: list[ClientMessage]
    ) -> None:
        """Have the hub handle `messages`, and those that follow, until the tab leaves or breaks the protocol."""
        try:
            while True:
                slices = Slices()
                for count, message in enumerate(messages, 1):
                    # The writer sends the answers meanwhile; else a fast server would take the tab for a slow one.
                    await (slices.pause() if count % MESSAGES_AT_ONCE else asyncio.sleep(0))
                    if self._sessions.is_over(login):
                        await asyncio.sleep(CLOSE_SECONDS)  # meanwhile the writer sends `bye`, if the tab reads it
                        return
                    self._hub.receive(connection, message)
                received = await _read_frame(receive, self._hub.limits)
                if received is None:
                    return
                messages = received
        except (MalformedFrame, ProtocolError) as error:
            logger.warning('tab %s broke the protocol: %s', connection.client[:8], error)
            connection.close('protocol')
            await asyncio.Event().wait()  # until the writer has sent `bye`, and this task is cancelled


async def _until_over(
    connection: Connection, reading: Coroutine[Any, Any, None], writer: asyncio.Task[None], seconds: float
) -> bool:
    """Wait until the tab leaves, the server closes the connection, or the session expires in `seconds`.

    Returns:
        Whether the tab has left.
    """
    try:
        async with asyncio.timeout(seconds) as timeout:
            is_reading = True

            def stop_reading(_: asyncio.Task[None]) -> None:
                if is_reading:  # a callback that is scheduled cannot be removed
                    timeout.reschedule(0)

            writer.add_done_callback(stop_reading)
            try:
                await reading
            finally:
                is_reading = False
                writer.remove_done_callback(stop_reading)
        return True
    except TimeoutError:
        connection.close('expired')  # the tab reconnects at once, and stays if its browser has a newer cookie
        await asyncio.wait({writer}, timeout=CLOSE_SECONDS)
        return False


def _hello(messages: list[ClientMessage] | None) -> Hello:
    if not messages or not isinstance(messages[0], Hello):
        raise ProtocolError('the first message must be hello')
    if messages[0].protocol != VERSION:
        raise ProtocolError(f'this server speaks version {VERSION} of the protocol')
    return messages[0]


async def _read_frame(receive: Receive, limits: Limits) -> list[ClientMessage] | None:
    """Return the messages of the next frame, or `None` when the tab has left."""
    message = await receive()
    if message['type'] == 'websocket.disconnect':
        return None
    text = message.get('text')
    if not isinstance(text, str):
        raise MalformedFrame('a frame must be text')
    if len(text) > limits.frame_bytes:
        raise MalformedFrame(f'a frame may take {limits.frame_bytes} bytes')
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
