"""`@action`: functions of the app that components run on the server."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Generic, ParamSpec

from dara.core._edits import ABSENT, Remove, Replace, apply, at
from dara.core._effects import CallAction, Effect, Navigate, NoticeStatus, Notify, Reset, Update
from dara.core._json import to_json
from dara.core._stores import SharedStore
from dara.core.errors import InvalidDefinition
from dara.core.variables import Variable

P = ParamSpec('P')


class ActionCtx:
    """What a running action can do in the browser that started it.

    Attributes:
        input: the value of the component, such as the text of an `Input`.
    """

    def __init__(self, input: Any, emit: Callable[[Effect], None]) -> None:
        self.input = input
        self._emit = emit

    async def update(self, variable: Variable[Any], value: Any) -> None:
        """Set a variable; a shared one is stored, for everybody, before this returns."""
        stored = to_json(value)
        if not isinstance(variable.store, SharedStore):
            self._emit(Update(variable.uid, variable.path, stored))
        elif variable.path:
            await variable.store.modify(lambda whole: apply(whole, [Replace(variable.path, stored)]))
        else:
            await variable.store.write(stored)

    async def reset_variables(self, variables: Variable[Any] | list[Variable[Any]]) -> None:
        """Set variables back to their defaults; shared ones for everybody, before this returns."""
        for variable in [variables] if isinstance(variables, Variable) else variables:
            await self._reset(variable)

    async def _reset(self, variable: Variable[Any]) -> None:
        if not isinstance(variable.store, SharedStore):
            self._emit(Reset(variable.uid, variable.path))
        elif not variable.path:
            await variable.store.delete()
        else:
            default = at(variable.default, variable.path)
            op = Remove(variable.path) if default is ABSENT else Replace(variable.path, default)
            await variable.store.modify(lambda whole: apply(whole, [op]))

    async def notify(self, message: str, title: str | None = None, status: NoticeStatus = 'info') -> None:
        """Show a message."""
        self._emit(Notify(message, title, status))

    async def navigate(self, url: str, new_tab: bool = False) -> None:
        """Go to `url`."""
        self._emit(Navigate(url, new_tab))


class action(Generic[P]):  # noqa: N801  # a decorator, named by the public API
    """Make a function one that components can run on the server.

        @action
        async def add(ctx: ActionCtx, amount: int) -> None:
            await votes.store.modify(lambda n: n + amount)

        Button('Add', onclick=add(1))

    It may be sync (and then runs in a thread) or async. A first parameter called `ctx` gets the
    `ActionCtx`; an argument that is a Variable arrives as the value that it has when the action runs.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        if not callable(function):
            raise InvalidDefinition(f'@action goes above a function, without arguments; it was given {function!r}')
        self._function = function
        self._takes_ctx = next(iter(inspect.signature(function).parameters), None) == 'ctx'
        self.__doc__ = function.__doc__
        self.__name__ = getattr(function, '__name__', 'action')

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Return the action with its arguments, for a component; given a `ctx`, run it, as part of another action."""
        if arguments and isinstance(arguments[0], ActionCtx):
            return self._function(*(arguments if self._takes_ctx else arguments[1:]), **keywords)
        self._check_arguments(arguments, keywords)
        return CallAction(self.run, arguments, tuple(keywords.items()), inspect.iscoroutinefunction(self._function))

    def run(self, ctx: ActionCtx, *arguments: Any, **keywords: Any) -> Any:
        """Run the function itself."""
        return self._function(*((ctx, *arguments) if self._takes_ctx else arguments), **keywords)

    def _check_arguments(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        try:
            inspect.signature(self._function).bind(*([None] if self._takes_ctx else []), *arguments, **keywords)
        except TypeError as error:
            raise InvalidDefinition(f'@action {self.__name__}: {error}') from None
