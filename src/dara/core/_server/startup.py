"""The app's start-up functions, and their cleanup."""

from __future__ import annotations

import inspect
import logging
import traceback
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from dara.core._app_code import call_app_code
from dara.core._loops import SERVER_LOOPS, enter_server_loop
from dara.core._threads import Threads
from dara.core.errors import InvalidConfig

logger = logging.getLogger('dara')

Cleanup = Callable[[], Any]


@asynccontextmanager
async def started(functions: Sequence[Callable[..., Any]], app: Any) -> AsyncIterator[None]:
    """Run the functions in order; at the end run their cleanup functions in reverse order.

    Raises:
        InvalidConfig: a function raised; the message names the function and the line.
    """
    enter_server_loop()
    try:
        async with AsyncExitStack() as cleanups:
            for function in functions:
                cleanup = await _start(function, app)
                if cleanup:
                    cleanups.push_async_callback(_clean_up, function, cleanup)
            yield
    finally:
        SERVER_LOOPS.remove()


async def _start(function: Callable[..., Any], app: Any) -> Cleanup | None:
    parameters = inspect.signature(function).parameters.values()
    arguments = [app] if any(each.default is each.empty for each in parameters) else []
    try:
        result = await _call(function, *arguments)
        if inspect.isasyncgen(result):
            await anext(result, None)
            return lambda: anext(result, None)
        if inspect.isgenerator(result):
            await _call(next, result, None)
            return lambda: next(result, None)
    except Exception as error:
        raise InvalidConfig(f'on_startup: {_name(function)} failed at {_location(error)}: {_reason(error)}') from error
    return result if callable(result) else None


async def _clean_up(function: Callable[..., Any], cleanup: Cleanup) -> None:
    try:
        await _call(cleanup)
    except Exception:  # from the app's own code; the other cleanups must run
        logger.exception('The cleanup of %s failed', _name(function))


async def _call(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function; a sync one in a thread, so that `run_sync` works there."""
    return await call_app_code(Threads('dara-startup', 1), function, *arguments)


def _name(function: Callable[..., Any]) -> str:
    return f'{getattr(function, "__qualname__", function)}()'


def _reason(error: BaseException) -> str:
    return f'{type(error).__name__}: {error}'


def _location(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if 'site-packages' not in frame.filename and '/dara/core/' not in frame.filename]
    frame = (own or list(frames))[-1]
    return f'{frame.filename}, line {frame.lineno}'
