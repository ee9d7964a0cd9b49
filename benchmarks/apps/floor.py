"""The floor: an app that only sends, on the same uvicorn with the same settings.

Every message goes to every socket unchanged. A number is answered to its sender alone, with that many bytes. There is
no outbox, no record and no acknowledgement, and one slow reader would delay everybody. No server can do less work, and
a real app must do more. The bodies of PATCH requests are added to a file as they arrive.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import Final, Literal

import uvicorn
from starlette.types import Receive, Scope, Send

END: Final = 'the end'
_SOCKETS: Final[set[Send]] = set()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Send each message of a websocket to all websockets; answer a request with an empty page."""
    if scope['type'] == 'websocket':
        await _echo_to_all(receive, send)
    elif scope['type'] == 'http':
        if scope['method'] == 'PATCH':
            await _keep(receive, 'wb' if (b'upload-offset', b'0') in scope['headers'] else 'ab')
        await send({'type': 'http.response.start', 'status': 200, 'headers': []})
        await send({'type': 'http.response.body', 'body': b'floor'})


async def _keep(receive: Receive, mode: Literal['wb', 'ab']) -> None:
    with open('received', mode, buffering=0) as file:
        is_more = True
        while is_more:
            message = await receive()
            file.write(message['body'])
            is_more = message.get('more_body', False)


async def _echo_to_all(receive: Receive, send: Send) -> None:
    await receive()
    await send({'type': 'websocket.accept'})
    _SOCKETS.add(send)
    while (message := await receive())['type'] == 'websocket.receive':
        text = message['text']
        if text.isdecimal():
            await send({'type': 'websocket.send', 'text': _text_of(int(text))})
            continue
        for each in list(_SOCKETS):
            await each({'type': 'websocket.send', 'text': text})
    _SOCKETS.discard(send)


@cache
def _text_of(size: int) -> str:
    return 'x' * (size - len(END)) + END


if __name__ == '__main__':
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        lifespan='off',
        log_level='warning',
        access_log=False,
        ws='websockets-sansio',
        ws_per_message_deflate=False,
        backlog=2048,
    )
