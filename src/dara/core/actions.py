"""`@action`: functions of the app that components run on the server."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, ParamSpec, TypeAlias, cast

from dara.core import _effects
from dara.core._app_code import is_async
from dara.core._edits import ABSENT, Remove, apply, at, placed
from dara.core._effects import (
    Action,
    CallAction,
    ClientEffect,
    NoticeStatus,
    RedoVariable,
    UndoVariable,
)
from dara.core._json import Json, Path, to_json
from dara.core._loops import is_on_loop
from dara.core._stores import SharedStore
from dara.core._threads import Threads
from dara.core.derived import DerivedVariable
from dara.core.errors import InvalidDefinition
from dara.core.variables import AnyVariable, Variable

P = ParamSpec('P')
THREADS: Final = 32


class NotificationStatus(StrEnum):
    """The status of a notice, which determines its look."""

    INFO = 'info'
    SUCCESS = 'success'
    WARNING = 'warning'
    WARN = 'warning'
    ERROR = 'error'


class ActionCtx:
    """The context of a running action: effects in the browser that started it.

    Attributes:
        input: the component's value, such as the text of an `Input`.
    """

    def __init__(
        self, input: Any, emit: Callable[[ClientEffect], None], offer: Callable[[FilePath, bool], str]
    ) -> None:
        self.input = input
        self._emit = emit
        self._offer = offer

    async def update(self, variable: Variable[Any], value: Any) -> None:
        """Set a variable. A shared one is stored for all users before this returns."""
        stored, path = to_json(value), variable._static_path
        if not isinstance(variable.store, SharedStore):
            self._emit(_effects.Update(variable.uid, path, stored))
        elif path:
            await variable.store.modify(lambda whole: placed(whole, path, stored))
        else:
            await variable.store.write(stored)

    async def reset_variables(self, variables: Variable[Any] | list[Variable[Any]]) -> None:
        """Reset variables to their defaults; shared ones for all users, before this returns."""
        for variable in [variables] if isinstance(variables, Variable) else variables:
            await self._reset(variable)

    async def _reset(self, variable: Variable[Any]) -> None:
        if not isinstance(variable.store, SharedStore):
            self._emit(_effects.Reset(variable.uid, variable.path))
        elif not variable.path:
            await variable.store.delete()
        else:
            path, default = variable._static_path, at(variable.default, variable._static_path)
            if default is not ABSENT:
                await variable.store.modify(lambda whole: placed(whole, path, default))
            else:
                await variable.store.modify(lambda whole: _without(whole, path))

    async def trigger(self, variable: DerivedVariable[Any], force: bool = True) -> None:
        """Recompute a DerivedVariable."""
        self._emit(_effects.Trigger(variable.uid))

    async def notify(
        self,
        message: str,
        title: str | None = None,
        status: NoticeStatus | NotificationStatus | str = 'info',
        key: str | None = None,
    ) -> None:
        """Show a message. A message with a `key` replaces the previous one with that key.

        Raises:
            ValueError: `status` is not info, success, warning or error.
        """
        self._emit(_effects.Notify(str(message), title, cast(NoticeStatus, _status(status)), key))

    async def navigate(self, url: str, new_tab: bool = False) -> None:
        """Navigate to `url`."""
        self._emit(_effects.Navigate(url, new_tab))

    async def logout(self) -> None:
        """End the login session, and go to the login page."""
        self._emit(_effects.Logout())

    async def copy_to_clipboard(
        self, value: str, success_message: str | None = None, error_message: str | None = None
    ) -> None:
        """Copy text to the user's clipboard, and show the message of success or failure."""
        self._emit(_effects.CopyToClipboard(value, success_message, error_message))

    async def download_file(self, path: str | FilePath, cleanup: bool = False) -> None:
        """Download a file of the server in the browser; with `cleanup`, delete the file afterwards.

        Raises:
            FileNotFoundError: the file does not exist.
        """
        file = FilePath(path)
        if not file.is_file():  # noqa: ASYNC240  # a look at the directory
            raise FileNotFoundError(f'download_file: there is no file {file}')
        self._emit(_effects.Download(self._offer(file, cleanup), file.name))

    async def download_variable(
        self, variable: AnyVariable[Any], file_name: str | None = None, type: Literal['csv', 'json'] = 'csv'
    ) -> None:
        """Download a variable's present value as a file; CSV needs a list of objects.

        Raises:
            ValueError: `type` is neither csv nor json.
        """
        if type not in ('csv', 'json'):
            raise ValueError(f"download_variable: type is 'csv' or 'json', not {type!r}; for others use download_file")
        name = f'{file_name or "Data"}.{type}'
        value = None
        if isinstance(variable, Variable) and isinstance(variable.store, SharedStore):
            value = (await variable.read(),)
        self._emit(_effects.SaveVariable(variable.uid, variable.path, name, type, value))

    async def flush(self) -> None:
        """Do nothing: effects reach the browser immediately."""


def undo(variable: Variable[Any]) -> Action:
    """Return an action that undoes this tab's latest edit of a variable, or of a nested value.

    Later edits by others are preserved.

    Raises:
        InvalidDefinition: the variable has no `BackendStore`.
    """
    return UndoVariable(_shared('undo', variable))


def redo(variable: Variable[Any]) -> Action:
    """Return an action that redoes the edit that `undo` last reverted.

    Raises:
        InvalidDefinition: the variable has no `BackendStore`.
    """
    return RedoVariable(_shared('redo', variable))


def _shared(kind: str, variable: Variable[Any]) -> Variable[Any]:
    if not isinstance(variable, Variable) or not isinstance(variable.store, SharedStore):
        raise InvalidDefinition(
            f'{kind}({variable!r}): only shared variables can be undone: Variable(..., store=BackendStore())'
        )
    return variable


def _without(whole: Json, path: Path) -> Json:
    changed = whole if at(whole, path) is ABSENT else apply(whole, [Remove(path)])
    return None if changed is ABSENT else changed


def _status(status: str) -> str:
    word = str(status).lower()
    try:
        return NotificationStatus('warning' if word == 'warn' else word).value
    except ValueError:
        raise ValueError(f"notify: status is 'info', 'success', 'warning' or 'error', not {status!r}") from None


class action(Generic[P]):  # noqa: N801  # a decorator, named by the public API
    """A decorator for functions that components run on the server.

        @action
        async def add(ctx: ActionCtx, amount: int) -> None:
            await votes.store.modify(lambda n: n + amount)

        Button('Add', onclick=add(1))

    The function may be async, or sync: then it runs in a thread. It may be a method. If its first parameter is called
    `ctx`, it gets the `ActionCtx`. An argument that is a Variable is replaced by its value when the action runs. Inside
    another action, `await add(ctx, 1)` runs it as a part of that action.
    """

    Ctx: TypeAlias = ActionCtx

    def __init__(self, function: Callable[..., Any]) -> None:
        if not callable(function):
            raise InvalidDefinition(f'@action goes above a function, without arguments; it was given {function!r}')
        self._function = function
        self._threads = Threads('dara-action', THREADS)
        self._takes_ctx = next(iter(inspect.signature(function).parameters), None) == 'ctx'
        functools.update_wrapper(self, function)

    def __get__(self, instance: object, owner: type | None = None) -> action[Any]:
        return self if instance is None else action(self._function.__get__(instance, owner))

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Return the action for a component; if the first argument is a `ctx`, run it as a part of another action."""
        if arguments and isinstance(arguments[0], ActionCtx):
            return self._run_within(arguments if self._takes_ctx else arguments[1:], keywords)
        name = f'@action {getattr(self._function, "__name__", self._function)}'
        self._check_arguments(name, arguments, keywords)
        return CallAction(self._function, arguments, tuple(keywords.items()), name, self._takes_ctx)

    def _run_within(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Run as a part of another action; in a thread if this one is sync and the other async."""
        if is_async(self._function) or not is_on_loop():
            return self._function(*arguments, **keywords)
        return self._threads.run(functools.partial(self._function, *arguments, **keywords))

    def _check_arguments(self, name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        try:
            inspect.signature(self._function).bind(*([None] if self._takes_ctx else []), *arguments, **keywords)
        except TypeError as error:
            raise InvalidDefinition(f'{name}: {error}') from None


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        from dara.core._documented import absence  # long, and needed for errors only

        raise absence(__name__, name)
