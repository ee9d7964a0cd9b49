"""The server process: uvicorn serves one app, from its start-up functions to its last connection."""

from __future__ import annotations

import gc
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Final

import uvicorn
from starlette.applications import Starlette

from dara.core._server.app import create_app
from dara.core._server.base import BasePath
from dara.core._server.connections import Connection, Connections, max_connections
from dara.core._server.stopping import Stopping
from dara.core._server.websocket import Websocket
from dara.core.configuration import Configuration

GRACEFUL_SECONDS: Final = 2
SWITCH_SECONDS: Final = 0.001
"""The time after which a thread that computes lets the event loop go on. Python's own 5 ms delay every message."""


def serve(
    configuration: Configuration,
    listener: socket.socket,
    base_url: str,
    on_started: Callable[[str], None],
    *,
    debug: bool = False,
) -> None:
    """Serve an app until the process receives SIGINT or SIGTERM.

    Args:
        base_url: the path of the app on its host; empty for the root.
        debug: as in `create_app`.
        on_started: called with this path, in its normal form, once connections are accepted.

    Raises:
        InvalidConfig: a start-up function failed, or the app cannot be served.
    """
    base = '/' + base_url.strip('/') if base_url.strip('/') else ''
    server = _Server(create_app(configuration, debug=debug), base, partial(on_started, base))
    sys.setswitchinterval(SWITCH_SECONDS)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn raises the signal again after its shutdown
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """A uvicorn server that runs the app's lifespan itself, so that an error in it is reported in one line."""

    def __init__(self, app: Starlette, base: str, on_started: Callable[[], None]) -> None:
        self._app = app
        self._hub = app.state.hub
        self._on_started = on_started
        self._lifespan = AsyncExitStack()
        self._stopping = Stopping(lambda: self.should_exit)
        super().__init__(
            uvicorn.Config(
                BasePath(app, base) if base else app,
                log_config=None,
                access_log=False,
                lifespan='off',
                log_level='warning',
                http=partial(Connection, connections=Connections(max_connections())),  # type: ignore[arg-type]
                ws=Websocket,
                ws_per_message_deflate=False,
                ws_max_size=self._hub.limits.frame_bytes,
                timeout_graceful_shutdown=GRACEFUL_SECONDS,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Run the app's start-up functions, then accept connections."""
        self._stopping.watch()
        await self._lifespan.enter_async_context(self._app.router.lifespan_context(self._app))
        await super().startup(sockets)
        gc.collect()
        gc.freeze()  # the app's own objects: later collections, which block all tabs, do not look at them
        if self.started:
            self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say goodbye to every tab, close the connections, then run the app's cleanup functions."""
        try:
            await self._hub.drain()
            await super().shutdown(sockets)
        finally:
            await self._lifespan.aclose()
            self._stopping.finished()
