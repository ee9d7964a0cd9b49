"""One websocket and its session: the only file that reads frames."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from starlette.types import Message, Receive, Scope, Send

from dara.core._context import Identity, UserData
from dara.core._limits import Limits
from dara.core._sync import protocol
from dara.core._sync.hub import Hub, ProtocolError
from dara.core._sync.protocol import Hello, MalformedFrame
from dara.core._sync.session import Session

CLOSE_SECONDS: Final = 5
ANYONE: Final = Identity(UserData('anyone', 'Anyone'), 'anyone')  # until there is a login
log = logging.getLogger('dara')


class SocketEndpoint:
    """The ASGI app at `/_dara/ws`. A page of another origin is refused before it is connected."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        if not _is_same_origin(scope):
            log.warning(
                'a socket was refused: its page is not of this host; see its Origin and Host: %s', _origin(scope)
            )
            await send({'type': 'websocket.close', 'code': 1008})
            return
        await send({'type': 'websocket.accept'})
        with suppress(OSError, TimeoutError):  # the peer is gone
            await _converse(self._hub, scope.get('dara.identity') or ANYONE, receive, send)


async def _converse(hub: Hub, identity: Identity, receive: Receive, send: Send) -> None:
    try:
        async with asyncio.timeout(hub.limits.hello_seconds):
            first = await _read(receive, hub.limits)
        if not first or not isinstance(first[0], Hello):
            raise ProtocolError('the first message must be hello')
        if first[0].protocol != protocol.PROTOCOL:
            raise ProtocolError(f'this server speaks version {protocol.PROTOCOL} of the protocol')
        session = hub.connect(first[0], identity)
    except (MalformedFrame, ProtocolError, TimeoutError) as error:
        await _refuse(send, str(error))
        return
    reading = asyncio.create_task(_read_all(hub, session, receive, first[1:]))
    writing = asyncio.create_task(session.write(lambda frame: send({'type': 'websocket.send', 'text': frame})))
    try:
        await asyncio.wait([reading, writing], return_when=asyncio.FIRST_COMPLETED)
    finally:
        hub.disconnect(session)
        has_left = reading.done()
        reading.cancel()
        writing.cancel()
        await asyncio.gather(reading, writing, return_exceptions=True)
    if not has_left:
        # A tab that takes nothing does not take a goodbye either.
        async with asyncio.timeout(CLOSE_SECONDS):
            await send({'type': 'websocket.close', 'code': 1000})


async def _read_all(hub: Hub, session: Session, receive: Receive, messages: list[protocol.ClientMessage]) -> None:
    """Hand on what the tab says, from `messages` on, until it leaves or says what it may not."""
    try:
        while True:
            for message in messages:
                hub.receive(session, message)
            heard = await _read(receive, hub.limits)
            if heard is None:
                return
            messages = heard
    except (MalformedFrame, ProtocolError) as error:
        log.warning('tab %s broke the protocol: %s', session.client[:8], error)
        session.close('protocol')
        await asyncio.Event().wait()  # until the writer has said so


async def _read(receive: Receive, limits: Limits) -> list[protocol.ClientMessage] | None:
    """Return the messages of the next frame, or `None` when the tab has left."""
    message = await receive()
    if message['type'] == 'websocket.disconnect':
        return None
    return protocol.decode(_text(message, limits))


def _text(message: Message, limits: Limits) -> str:
    text = message.get('text')
    if not isinstance(text, str):
        raise MalformedFrame('a frame must be text')
    if len(text) > limits.frame_bytes:
        raise MalformedFrame(f'a frame may take {limits.frame_bytes} bytes')
    return text


async def _refuse(send: Send, reason: str) -> None:
    log.warning('a socket was refused: %s', reason)
    with suppress(OSError):
        await send({'type': 'websocket.send', 'text': protocol.bye(4000, 'protocol', 5000)})
        await send({'type': 'websocket.close', 'code': 4000})


def _is_same_origin(scope: Scope) -> bool:
    """Whether the page that opens the socket is ours. Browsers always say where it is from; others need not."""
    origin, host = _origin(scope)
    return origin is None or urlsplit(origin).netloc.lower() == host.lower()


def _origin(scope: Scope) -> tuple[str | None, str]:
    headers = {name: value.decode('latin-1') for name, value in scope['headers']}
    return headers.get(b'origin'), headers.get(b'host', '')
