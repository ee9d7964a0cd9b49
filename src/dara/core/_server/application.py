"""The ASGI app: starlette's, with a short way for the sockets of tabs."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.types import Receive, Scope, Send

from dara.core._server.identity import SOCKET, Admission, IdentityMiddleware, path_below
from dara.core._server.socket import SHORT_WAY, SocketEndpoint
from dara.core._shared_folder import SHARED_FOLDERS, SharedFolder
from dara.core.persistence.default_backend import DEFAULT_BACKENDS, DefaultBackend


class App(Starlette):
    """An app whose sockets pass by the layers for requests.

    Each layer would take memory as long as a socket is open. Sockets take the way of all requests if the app has
    middleware that may see them.
    """

    def __init__(
        self,
        admission: Admission,
        socket: SocketEndpoint,
        default_backend: DefaultBackend,
        shared_folder: SharedFolder,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self._admission = admission
        self._socket = socket
        self._default_backend = default_backend
        self._shared_folder = shared_folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        default, folder = DEFAULT_BACKENDS.enter(self._default_backend), SHARED_FOLDERS.enter(self._shared_folder)
        try:
            if scope['type'] != 'websocket' or path_below(scope) != SOCKET:
                await super().__call__(scope, receive, send)
            elif self._has_middleware_for_sockets():
                scope.get('extensions', {}).pop(SHORT_WAY, None)
                await super().__call__(scope, receive, send)
            else:
                scope['app'] = self
                admitted = await self._admission.admit(scope, receive, send)
                if admitted is not None:
                    await self._socket(scope, receive, admitted)
        finally:
            SHARED_FOLDERS.leave(folder)
            DEFAULT_BACKENDS.leave(default)

    def _has_middleware_for_sockets(self) -> bool:
        blind: tuple[Any, ...] = (IdentityMiddleware, BaseHTTPMiddleware)
        return any(each.cls not in blind for each in self.user_middleware)
