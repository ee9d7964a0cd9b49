"""An app below a path of its host, behind a proxy that keeps the path in addresses, or strips it."""

from __future__ import annotations

from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send


class BasePath:
    """An app whose addresses begin with `base`, whatever the proxy in front hands on.

    An address that begins with it was kept, another was stripped. A proxy that strips, and says so in
    `X-Forwarded-Prefix`, may hand on addresses of the app that begin so themselves.
    """

    def __init__(self, app: ASGIApp, base: str) -> None:
        self._app = app
        self._base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope['type'] in ('http', 'websocket'):
            scope = self._completed(scope)
        await self._app(scope, receive, send)

    def _completed(self, scope: Scope) -> Scope:
        """Return the scope with the whole address, as the browser sees it."""
        completed = {**scope, 'root_path': self._base}
        if self._is_kept(scope):
            return completed
        path: str = scope['path']
        raw: bytes = scope.get('raw_path') or quote(path).encode('ascii')
        return {**completed, 'path': self._base + path, 'raw_path': quote(self._base).encode('ascii') + raw}

    def _is_kept(self, scope: Scope) -> bool:
        said = Headers(scope=scope).get('x-forwarded-prefix', '')
        return said.rstrip('/') != self._base and f'{scope["path"]}/'.startswith(f'{self._base}/')
