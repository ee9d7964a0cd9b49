"""The answers to those who watch a server: whether it is alive, and whether it is ready for users."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse

from dara.core._sync.hub import Hub

HEALTH: Final = '/_dara/health'
READY: Final = '/_dara/ready'
_NO_STORE: Final = {'Cache-Control': 'no-store'}


class HealthHandlers:
    """The handlers of one app. They ask no backend: they know the outcome of its last calls."""

    def __init__(self, hub: Hub, build: str) -> None:
        self._hub = hub
        self._build = build

    async def health(self, _: Request) -> JSONResponse:
        """Return the build of the app, the numbers of its sessions and records, and the backends that fail."""
        state = {'build': self._build, 'sessions': self._hub.connections, 'records': self._hub.records}
        return JSONResponse({**self._status('ok'), **state}, headers=_NO_STORE)

    async def ready(self, _: Request) -> JSONResponse:
        """Return 503 while the server opens its stores or stops.

        A server whose backend fails stays ready, because the others use the same backend.
        """
        reasons = self._hub.obstacles
        if reasons:
            return JSONResponse({'status': 'unavailable', 'reasons': reasons}, 503, _NO_STORE)
        return JSONResponse(self._status('ready'), headers=_NO_STORE)

    def _status(self, status: str) -> dict[str, Any]:
        failing = self._hub.failing_backends
        return {'status': 'degraded', 'failing': failing} if failing else {'status': status}
