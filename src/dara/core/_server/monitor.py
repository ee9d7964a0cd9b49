"""The measurements of the process as a whole, and of requests and sockets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dara.core._metrics import METRICS
from dara.core._server.telemetry import Telemetry
from dara.core.persistence.records import OPEN_BACKENDS

INTERVAL_SECONDS: Final = 0.5
Transmit: TypeAlias = Callable[[str], Awaitable[None] | None]


@asynccontextmanager
async def monitored(build: str, telemetry: Telemetry) -> AsyncIterator[None]:
    """Report the process, its records and the delays of its event loop, if anything is exported; flush at the end."""
    if not METRICS.is_on:
        yield
        return
    METRICS.processes.set(1, (build,))
    METRICS.start_time.set(time.time())
    sampling = asyncio.create_task(_sample())
    try:
        yield
    finally:
        sampling.cancel()
        await telemetry.flush()


async def _sample() -> None:
    loop = asyncio.get_running_loop()
    while True:
        METRICS.records.set(OPEN_BACKENDS.size)
        due = loop.time() + INTERVAL_SECONDS
        await asyncio.sleep(INTERVAL_SECONDS)
        METRICS.event_loop_lag.observe(max(0.0, loop.time() - due))


def measured(kind: str) -> list[Middleware]:
    """Return the middleware that measures the requests of a route, if anything is exported."""
    return [Middleware(_Measured, kind=kind)] if METRICS.is_on else []


class _Measured:
    """An ASGI middleware that measures requests until the response is sent; the outcome is the class of its status."""

    def __init__(self, app: ASGIApp, kind: str) -> None:
        self._app = app
        self._kind = kind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with METRICS.pages.measure(self._kind) as span:

            async def send_measured(message: Message) -> None:
                if message['type'] == 'http.response.start':
                    span.end_as(f'{message["status"] // 100}xx')
                await send(message)

            await self._app(scope, receive, send_measured)


def counted(transmit: Transmit) -> Transmit:
    """Return a function that sends frames and counts their bytes, if anything is exported; else the given one."""
    if not METRICS.is_on:
        return transmit

    def transmit_counted(frame: str) -> Awaitable[None] | None:
        METRICS.websocket_bytes.add(('sent',), _size(frame))
        return transmit(frame)

    return transmit_counted


def count_received(text: str) -> None:
    """Count the bytes of a frame from a tab."""
    if METRICS.is_on:
        METRICS.websocket_bytes.add(('received',), _size(text))


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode('utf-8', 'surrogatepass'))
