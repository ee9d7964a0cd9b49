"""`@action`: functions of the app that components run on the server."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, ParamSpec, Protocol, TypeAlias

from dara.core import _effects
from dara.core._absent import explain_absence
from dara.core._app_code import is_async
from dara.core._awaited import awaited_methods
from dara.core._edits import ABSENT, Remove, apply, at, placed
from dara.core._effects import Action, CallAction, ClientEffect, NoticeStatus, RedoVariable, UndoVariable
from dara.core._jobs.functions import sendable
from dara.core._json import Json, Path, to_json
from dara.core._json_parts import encoded_in_parts, is_small
from dara.core._loops import is_on_loop
from dara.core._stores import SharedStore
from dara.core._threads import RESERVED, THREADS, Threads
from dara.core.derived import DerivedVariable
from dara.core.errors import InvalidDefinition
from dara.core.server_variable import ServerVariable
from dara.core.variables import AnyVariable, Variable

if TYPE_CHECKING:
    from dara.core._jobs.following import OnProgress
    from dara.core._jobs.jobs import Jobs

P = ParamSpec('P')


class NotificationStatus(StrEnum):
    """The status of a notice, which determines its look: of a success, a warning, an error or, for others, plain."""

    CANCELED = 'CANCELED'
    CREATED = 'CREATED'
    ERROR = 'ERROR'
    FAILED = 'FAILED'
    INFO = 'INFO'
    NONE = ''
    QUEUED = 'QUEUED'
    RUNNING = 'RUNNING'
    SUCCESS = 'SUCCESS'
    WARNING = 'WARNING'
    WARN = 'WARNING'


_LOOKS: Final[dict[NotificationStatus, NoticeStatus]] = {
    NotificationStatus.CANCELED: 'warning',
    NotificationStatus.ERROR: 'error',
    NotificationStatus.FAILED: 'error',
    NotificationStatus.SUCCESS: 'success',
    NotificationStatus.WARNING: 'warning',
}


@dataclass(frozen=True)
class NavigateOptions:
    """The manner of a navigation.

    Attributes:
        replace: replace the present entry of the browser's history instead of adding one.
        relative: how `..` counts in an address: from the present page's pattern, or from its path. At the page
            `/blog/:slug/edit` below a page `/blog`, `..` leads to `/blog` by `'route'`, and to `/blog/x` by `'path'`.
    """

    replace: bool = False
    relative: Literal['route', 'path'] = 'route'


class Address(Protocol):
    """A `RouterPath`: an address with parameters."""

    @property
    def pathname(self) -> str | None: ...

    @property
    def params(self) -> Mapping[str, Any] | None: ...


@awaited_methods
class ActionCtx:
    """The context of a running action: effects in the browser that started it.

    Attributes:
        input: the component's value, such as the text of an `Input`.
    """

    def __init__(
        self,
        input: Any,
        emit: Callable[[ClientEffect], None],
        send_file: Callable[[FilePath, bool], Awaitable[None]],
        jobs: Jobs,
    ) -> None:
        self.input = input
        self._emit = emit
        self._send_file = send_file
        self._jobs = jobs

    async def update(self, variable: Variable[Any] | ServerVariable[Any], value: Any) -> None:
        """Set a variable. A shared one is stored for all users before this returns."""
        if isinstance(variable, ServerVariable):
            await variable.write(value)
            return
        path = variable._static_path
        if not isinstance(variable.store, SharedStore):
            encoded = to_json(value) if is_small(value) else await asyncio.to_thread(encoded_in_parts, value)
            self._emit(_effects.Update(variable.uid, path, encoded))
            return
        stored = to_json(value) if is_small(value) else await asyncio.to_thread(to_json, value)
        if path:
            await variable.store.modify(lambda whole: placed(whole, path, stored))
        else:
            await variable.store.write(stored)

    async def reset_variables(self, variables: AnyVariable[Any] | list[AnyVariable[Any]]) -> None:
        """Reset variables to their defaults; shared ones for all users, before this returns.

        A DerivedVariable is computed anew.

        Raises:
            InvalidDefinition: the browser computes a variable from others.
        """
        for variable in [variables] if isinstance(variables, AnyVariable) else variables:
            if isinstance(variable, DerivedVariable):
                await self.trigger(variable)
            elif isinstance(variable, Variable):
                await self._reset(variable)
            elif isinstance(variable, ServerVariable):
                await variable.write(variable.default)
            else:
                variable.reset()  # raises

    async def _reset(self, variable: Variable[Any]) -> None:
        if not isinstance(variable.store, SharedStore):
            self._emit(_effects.Reset(variable.uid, variable._static_path))
        elif not variable.path:
            await variable.store.delete()
        else:
            path, default = variable._static_path, at(variable.default, variable._static_path)
            if default is not ABSENT:
                await variable.store.modify(lambda whole: placed(whole, path, default))
            else:
                await variable.store.modify(lambda whole: _without(whole, path))

    async def trigger(self, variable: DerivedVariable[Any], force: bool = True) -> None:
        """Recompute a DerivedVariable; without `force`, a cached result will do."""
        self._emit(_effects.Trigger(variable.uid, force))

    async def notify(
        self,
        message: str,
        title: str | None = None,
        status: NotificationStatus | str = NotificationStatus.INFO,
        key: str | None = None,
    ) -> None:
        """Show a message. A message with a `key` replaces the previous one with that key.

        Raises:
            ValueError: `status` is no `NotificationStatus`, in capital or small letters.
        """
        self._emit(_effects.Notify(str(message), title, _LOOKS.get(_status(status), 'info'), key))

    async def navigate(self, url: str | Address, new_tab: bool = False, options: NavigateOptions | None = None) -> None:
        """Navigate to an address, or to a `RouterPath` whose parameters are plain values.

        Raises:
            InvalidDefinition: a parameter of the `RouterPath` is a variable.
        """
        options = options or NavigateOptions()
        if isinstance(url, str):
            self._emit(_effects.Navigate(url, new_tab, options.replace, options.relative))
            return
        suffix = f'{getattr(url, "search", None) or ""}{getattr(url, "hash", None) or ""}'
        params = _plain_params(url)
        self._emit(_effects.Navigate(url.pathname or '', new_tab, options.replace, options.relative, params, suffix))

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

        It works on whichever server the action runs. Where several hosts without `config.shared_folder` serve the app,
        the file is sent on the tab's own connection, and the download ends with that.

        Raises:
            FileNotFoundError: the file does not exist.
            InvalidConfig: it has more than 16 MiB, and several hosts without `config.shared_folder` serve the app.
        """
        file = FilePath(path)
        if not file.is_file():  # noqa: ASYNC240  # a look at the directory
            raise FileNotFoundError(f'download_file: there is no file {file}')
        await self._send_file(file, cleanup)

    async def download_variable(
        self, variable: AnyVariable[Any], file_name: str | None = None, type: Literal['csv', 'json', 'xlsx'] = 'csv'
    ) -> None:
        """Download a variable's present value as a file; CSV and Excel need a list of objects.

        Raises:
            ValueError: `type` is neither csv, xlsx nor json.
        """
        if type not in ('csv', 'json', 'xlsx'):
            raise ValueError(
                f"download_variable: type is 'csv', 'xlsx' or 'json', not {type!r}; for others use download_file"
            )
        name = f'{file_name or "Data"}.{type}'
        value = None
        if isinstance(variable, Variable) and isinstance(variable.store, SharedStore):
            value = (await variable.read(),)
        self._emit(_effects.SaveVariable(variable.uid, variable._static_path, name, type, value))

    async def execute_action(self, action: Any) -> None:
        """Run an action as a part of this one, such as `variable.update(1)`, or an object with `async execute(ctx)`.

        Raises:
            InvalidDefinition: the action needs values of the browser, such as those of variables that are arguments.
        """
        match action:
            case _effects.UpdateVariable(target=Variable() as variable, value=value):
                await self.update(variable, value)
            case _effects.SyncVariable(target=Variable() as variable):
                await self.update(variable, self.input)
            case _effects.ResetVariable(target=Variable() as variable):
                await self.reset_variables(variable)
            case _effects.TriggerVariable(target=DerivedVariable() as derived, force=force):
                await self.trigger(derived, force)
            case CallAction():
                await self._call(action)
            case _ if hasattr(action, 'execute'):
                await action.execute(self)
            case _:
                raise InvalidDefinition(
                    f'ctx.execute_action: {action!r} cannot run on the server; give it to a component'
                )

    async def _call(self, action: CallAction) -> None:
        if any(isinstance(value, AnyVariable) for value in (*action.arguments, *dict(action.keywords).values())):
            raise InvalidDefinition(
                f'ctx.execute_action: an argument of {action.name} is a variable, whose value the browser has. Pass '
                'the value to your own action, and await the other one: await other(ctx, value)'
            )
        first = [self] if action.takes_ctx else []
        call = functools.partial(action.function, *first, *action.arguments, **dict(action.keywords))
        result = call() if is_async(action.function) else await asyncio.to_thread(call)
        if inspect.isawaitable(result):
            await result

    async def run_task(
        self,
        func: Callable[..., Any],
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        on_progress: OnProgress | None = None,
        key: str | None = None,
    ) -> Any:
        """Run a function in a process of its own, and return its result. It goes on if the user closes the page.

        Args:
            func: at the top of a module; its arguments and its result can be pickled.
            key: a name under which one task runs at a time.

        Raises:
            JobRefused: a task of that key runs, or too many tasks wait. InvalidDefinition: `func` cannot be sent there.
            JobFailed: its process was killed or has crashed, or the server stops; `JobCancelled` if it was cancelled.
        """
        from dara.core._jobs.following import run_followed  # with the processes, when there is a task

        call = sendable('ctx.run_task', func, args or (), kwargs or {})
        return await run_followed(self._jobs, call, on_progress, key)

    async def cancel_task(self, key: str) -> bool:
        """End the task of a key, whoever has started it, with its process; return whether there was one."""
        return await self._jobs.cancel(key)

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


def _status(status: str) -> NotificationStatus:
    word = str(status).upper()
    try:
        return NotificationStatus('WARNING' if word == 'WARN' else word)
    except ValueError:
        known = ', '.join(filter(None, NotificationStatus))
        raise ValueError(f'notify: status is one of {known}, not {status!r}') from None


def _plain_params(address: Address) -> dict[str, str]:
    params = dict(address.params or {})
    unknown = next((name for name, value in params.items() if isinstance(value, AnyVariable)), None)
    if unknown is not None:
        raise InvalidDefinition(
            f'ctx.navigate: the parameter {unknown!r} of {address.pathname} is a variable, whose value the browser '
            'has. Pass the value to the action'
        )
    return {name: str(value) for name, value in params.items() if value is not None}


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
        self._threads = Threads('dara-action', THREADS, RESERVED)
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
    __getattr__ = explain_absence(__name__)
