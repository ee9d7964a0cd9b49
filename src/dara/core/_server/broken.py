"""The server of an app that cannot be served: it tells open pages and visitors why, for the app's developer."""

from __future__ import annotations

import socket
from contextlib import suppress
from html import escape
from typing import Final
from urllib.parse import quote

import orjson
import uvicorn
from starlette.types import Receive, Scope, Send

from dara.core import _messages as messages
from dara.core._server.origin import is_same_origin

_PAGE: Final = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title><style>
:root {{ color-scheme: light dark }}
body {{ font: 1rem/1.6 system-ui, sans-serif; max-width: 60rem; margin: 12vh auto; padding: 0 1.5rem }}
h1 {{ font-size: 1.6rem; letter-spacing: -0.015em }}
pre {{ padding: 1rem; border: 1px solid color-mix(in srgb, currentcolor 25%, transparent); border-radius: 9px;
font-size: 0.875rem; overflow: auto }}
</style></head><body><h1>{title}</h1><pre>{reason}</pre><p>{hint}</p><script>{script}</script></body></html>"""
# The socket closes when the process is replaced; the page is loaded anew by the next one.
_SCRIPT: Final = """const watch = (isAgain) => {
  const socket = new WebSocket(`${location.protocol.replace('http', 'ws')}//${location.host}%s/_dara/ws`)
  socket.onopen = () => isAgain && location.reload()
  socket.onclose = () => setTimeout(watch, 300, true)
}
watch(false)"""


def serve(listener: socket.socket, base_url: str, reason: str) -> None:
    """Answer every request with `reason`, and every tab that connects, until the process receives SIGINT or SIGTERM."""
    title, hint = messages.APP_FAILED, messages.APP_FAILED_HINT
    script = _SCRIPT % quote(base_url.rstrip('/'))
    page = _PAGE.format(title=escape(title), reason=escape(reason), hint=escape(hint), script=script).encode()
    message = orjson.dumps({'type': 'broken', 'trace': reason}).decode()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope['type'] == 'websocket':
            await _tell(message if is_same_origin(scope) else None, receive, send)
        else:
            headers = [(b'content-type', b'text/html; charset=utf-8'), (b'cache-control', b'no-store')]
            await send({'type': 'http.response.start', 'status': 500, 'headers': headers})
            await send({'type': 'http.response.body', 'body': page})

    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan='off', log_level='warning', timeout_graceful_shutdown=1
    )
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


async def _tell(message: str | None, receive: Receive, send: Send) -> None:
    """Send a message to a tab, and wait until it leaves; `None` rejects the tab."""
    await receive()
    if message is None:
        await send({'type': 'websocket.close', 'code': 1008})
        return
    await send({'type': 'websocket.accept'})
    await send({'type': 'websocket.send', 'text': message})
    while (await receive())['type'] != 'websocket.disconnect':
        pass
