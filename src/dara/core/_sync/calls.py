"""Runs the app's own functions for a tab."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import copy_context
from functools import partial
from typing import Any

from dara.core._context import SERVER_LOOP
from dara.core._effects import CallAction, Effect
from dara.core.actions import ActionCtx
from dara.core.component import Call
from dara.core.variables import Variable


async def run_action(
    call: Call, input: Any, values: list[Any], emit: Callable[[Effect], None], threads: Executor
) -> None:
    """Run a server action with the present values of its variables; sync functions run in one of `threads`."""
    arguments, keywords = _bind(call.action, values)
    ctx = ActionCtx(input, emit)
    SERVER_LOOP.set(asyncio.get_running_loop())
    if call.action.is_async:
        await call.action.function(ctx, *arguments, **keywords)
    else:
        await _in_thread(threads, partial(call.action.function, ctx, *arguments, **keywords))


async def _in_thread(threads: Executor, function: Callable[[], Any]) -> None:
    """Run `function` with the present context variables, apart from the threads that backends need to answer it."""
    result = await asyncio.get_running_loop().run_in_executor(threads, copy_context().run, function)
    if inspect.isawaitable(result):
        await result


def _bind(action: CallAction, values: list[Any]) -> tuple[list[Any], dict[str, Any]]:
    """Put the values in the places of the variables."""
    present = iter(values)

    def fill(argument: Any) -> Any:
        return next(present) if isinstance(argument, Variable) else argument

    return [fill(argument) for argument in action.arguments], {name: fill(value) for name, value in action.keywords}
