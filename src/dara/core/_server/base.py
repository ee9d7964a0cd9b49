"""An app below a path of its host, behind a proxy that keeps or strips that path."""

from __future__ import annotations

from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send


class BasePath:
    """Middleware that restores the base path in each request's address, if a proxy has stripped it.

    An address that begins with `base` counts as complete, unless the proxy declares in `X-Forwarded-Prefix` that it
    strips. Without this header, an app behind a stripping proxy cannot have addresses that begin with `base`.
    """

    def __init__(self, app: ASGIApp, base: str) -> None:
        self._app = app
        self._base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope['type'] in ('http', 'websocket'):
            scope = self._complete(scope)
        await self._app(scope, receive, send)

    def _complete(self, scope: Scope) -> Scope:
        """Return the scope with the complete address, as it is in the browser."""
        completed = {**scope, 'root_path': self._base}
        if self._is_complete(scope):
            return completed
        path: str = scope['path']
        raw: bytes = scope.get('raw_path') or quote(path).encode('ascii')
        return {**completed, 'path': self._base + path, 'raw_path': quote(self._base).encode('ascii') + raw}

    def _is_complete(self, scope: Scope) -> bool:
        stripped = Headers(scope=scope).get('x-forwarded-prefix', '')
        return stripped.rstrip('/') != self._base and f'{scope["path"]}/'.startswith(f'{self._base}/')
