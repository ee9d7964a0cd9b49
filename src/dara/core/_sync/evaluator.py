"""The evaluator: runs actions, py_components and DerivedVariables for a user."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import orjson

from dara.core import _messages as messages
from dara.core._app_code import is_async
from dara.core._awaited import awaits_checked
from dara.core._calls import ActionCall, Call, DeriveCall, RenderCall, computing
from dara.core._context import Identity, running_for
from dara.core._edits import ABSENT, Value, at
from dara.core._effects import ClientEffect, Target
from dara.core._frames.frame import is_tabular
from dara.core._ids import naming_below
from dara.core._jobs.jobs import Jobs
from dara.core._jobs.messages import Progress
from dara.core._json import Path, to_json
from dara.core._json_parts import is_small
from dara.core._loops import enter_server_loop
from dara.core._shown_columns import members_of
from dara.core._sync.encoded import Encoded
from dara.core._sync.encoder import Encoder, naming
from dara.core._sync.protocol.messages import DerivedInput, Input, StoreInput, ValueInput, Window
from dara.core._sync.resolved_rows import ResolvedRows, is_plain
from dara.core._sync.results import Computed, Flight, Results, Visibility
from dara.core._sync.tables import SendFile, Tables, native_part, version_name
from dara.core._threads import Threads
from dara.core._tree import Tree, render
from dara.core._types import FromVariable, Types
from dara.core._uploads import Upload
from dara.core.actions import ActionCtx
from dara.core.derived import Computation
from dara.core.errors import Forbidden, InvalidEdit, NonTabularDataError
from dara.core.persistence.bound_store import BoundStore
from dara.core.persistence.stores import store_of
from dara.core.py_components import components_of
from dara.core.variables import AnyVariable


@dataclass(frozen=True, slots=True)
class Argument:
    """The value of a variable, as the app's function gets it.

    Attributes:
        cache_key: equal keys mean equal values.
        visibility: the users who may see the value.
        is_computed: whether `cache_key` means nothing to other servers.
    """

    value: Any
    cache_key: str
    visibility: Visibility = Visibility.EVERYBODY
    is_computed: bool = False


class Evaluator:
    """Runner of the app's functions. The threads of sync ones are not those of backends, which they may wait for.

    Attributes:
        encoder: encodes the results.
    """

    def __init__(self, types: Types, threads: Threads, jobs: Jobs) -> None:
        self._types = types
        self._threads = threads
        self._jobs = jobs
        self._results: WeakKeyDictionary[Computation, Results] = WeakKeyDictionary()
        self.encoder = Encoder(threads)
        self._tables = Tables()
        self._found = ResolvedRows(threads)

    async def act(
        self,
        call: ActionCall,
        inputs: Sequence[Input],
        identity: Identity,
        emit: Callable[[ClientEffect], None],
        send_file: SendFile,
        upload: Upload | None = None,
    ) -> None:
        """Run an action.

        Args:
            inputs: the value of the component, then the inputs of the action's variables.
            emit: sends an effect to the tab.
            send_file: sends a file to the tab; with true, it is deleted afterwards.
            upload: the input of the action, in place of the value of the component.

        Raises:
            InvalidEdit: the inputs are not those of the action.
            Forbidden: the user may not read one of them.
            InvalidValue: the value of the form does not meet the limits of its fields.
        """
        if not inputs or not isinstance(inputs[0], ValueInput):
            raise InvalidEdit('the first input of an action is the value of its component')
        arguments = await self._resolve_all(call, inputs[1:], identity)
        ctx = ActionCtx(upload or to_json(inputs[0].value), emit, send_file, self._jobs)
        if call.check is not None:
            call.check(ctx.input)
        with running_for(identity):
            await self._run(call, arguments, *((ctx,) if call.takes_ctx else ()))

    async def render(self, call: RenderCall, inputs: Sequence[Input], identity: Identity, target: str) -> Tree:
        """Run a py_component; the ids of everything that it creates begin with `target`. Raises what `act` does."""
        arguments = await self._resolve_all(call, inputs, identity)
        with running_for(identity), naming_below(f'{target}/'):
            tree: Tree = await self._run(
                call, arguments, finish=lambda result: render(components_of(result, call.name), f'{target}/')
            )
            return tree

    async def derive(
        self,
        call: DeriveCall,
        inputs: Sequence[Input],
        identity: Identity,
        known: Collection[str] | None = None,
        *,
        is_fresh: bool = False,
    ) -> Encoded:
        """Return the value of a DerivedVariable for these inputs. Raises what `act` does, NotJson, and TooLarge.

        Args:
            known: the names of the blocks that the tab has; `None` for a result that is not in blocks.
            is_fresh: compute it even if a result is cached.
        """
        if call.is_private:
            raise InvalidEdit(f'the value of {call.name} stays on the server')
        computed = await self._compute(call, inputs, identity, is_fresh=is_fresh)
        return await self.encoder.result(call, computed, known)

    async def state(
        self, call: DeriveCall, inputs: Sequence[Input], identity: Identity, *, is_fresh: bool = False
    ) -> Encoded:
        """Compute a value for a tab that shows its progress; a large one is left out. Raises what `derive` does."""
        if call.is_private:
            raise InvalidEdit(f'the value of {call.name} stays on the server')
        computed = await self._compute(call, inputs, identity, is_fresh=is_fresh)
        with naming(call):
            is_left_out = not is_small(computed.value)
            answer = {'number': computed.serial} if is_left_out else {'value': to_json(computed.value)}
            return Encoded.of([orjson.dumps(answer)])

    async def window(
        self,
        call: DeriveCall,
        inputs: Sequence[Input],
        identity: Identity,
        window: Window,
        send_file: SendFile,
        *,
        is_fresh: bool = False,
    ) -> Encoded:
        """Return rows of the table that a call returns, or the whole value of another kind.

        A tab that scrolls gets rows of the version that it shows, as long as that is the newest one. Raises what
        `derive` does, and NonTabularDataError for a value that stays on the server and is no table.
        """
        if call.find_rows is not None and is_plain(window):
            with suppress(NotImplementedError):
                return await self._window_of_found(call, inputs, identity, window, is_fresh=is_fresh)
        table = None
        if window.version is not None and not is_fresh:
            table = self._tables.find(call.computation, inputs, window.path, identity)
        if table is not None:
            await self._check_rights(call, inputs, identity)
        else:
            request = self._tables.next_request()
            computed = await self._compute(call, inputs, identity, is_fresh=is_fresh)
            value = native_part(computed.value, window.path)
            if call.find_rows is not None and call.version is None and not window.path:
                value, _ = await self._found.finding(call.find_rows, value, identity)(None, None)
            if not is_tabular(value):
                if call.is_private and value is not None:
                    raise NonTabularDataError(messages.not_tabular(call.name, type(value).__name__))
                call.computation.check_columns(members_of(value), window.path)
                return await (self.encoder.part(call, value) if window.path else self.encoder.result(call, computed))
            with naming(call):
                table = await self._tables.keep(call, inputs, window.path, computed, value, request)
            call.computation.check_columns(table.frame.kinds if table.frame.count else (), window.path)
        with naming(call):
            return await self._tables.window(table, window, send_file)

    async def _window_of_found(
        self, call: DeriveCall, inputs: Sequence[Input], identity: Identity, window: Window, *, is_fresh: bool
    ) -> Encoded:
        """Return rows that a function of the app finds, in place of those of a DataFrame that is here."""
        assert call.find_rows is not None
        value = None
        if call.version is None:
            computed = await self._compute(call, inputs, identity, is_fresh=is_fresh)
            value, version = computed.value, version_name(computed.serial)
        else:
            await self._resolve_all(call, inputs, identity)
            with running_for(identity):
                version = await call.version()
        owner = f'{identity.user.identity_id} {identity.session_id}'
        with naming(call):
            find = self._found.finding(call.find_rows, value, identity)
            return await self._found.window(version, owner, window, find)

    async def _check_rights(self, call: DeriveCall, inputs: Sequence[Input], identity: Identity) -> None:
        """Check that a user may read all shared values of which a result was computed."""
        if len(inputs) != len(call.variables):
            raise InvalidEdit(f'{call.name} takes {len(call.variables)} variables, not {len(inputs)}')
        for variable, given in zip(call.variables, inputs, strict=True):
            inner = computing(variable)
            if inner is not None and isinstance(given, DerivedInput):
                await self._check_rights(inner, given.inputs, identity)
            elif store_of(variable) is not None:
                await self._resolve(variable, given, identity)

    async def _compute(
        self, call: DeriveCall, inputs: Sequence[Input], identity: Identity, *, is_fresh: bool = False
    ) -> Computed:
        arguments = await self._resolve_all(call, inputs, identity)
        results = self._results.get(call.computation)
        if results is None:
            results = self._results[call.computation] = Results(
                call.computation.cache, call.computation.ttl, is_job=call.is_job
            )
        visibility = max((each.visibility for each in arguments), default=Visibility.EVERYBODY)

        async def compute(flight: Flight) -> Computed:
            value, failure = None, None
            with running_for(identity) as dependencies:
                try:
                    value = await self._run(call, arguments, flight=flight)
                except Exception as error:  # of the app's code: raised for everybody who waits for this result
                    failure = error
            return Computed(value, identity, max(visibility, Visibility.of(dependencies)), dependencies, failure)

        cache_key = '\n'.join(each.cache_key for each in arguments)
        return await results.get(cache_key, identity, visibility, compute, is_fresh=is_fresh)

    async def _resolve_all(self, call: Call, inputs: Sequence[Input], identity: Identity) -> list[Argument]:
        if len(inputs) != len(call.variables):
            raise InvalidEdit(f'{call.name} takes {len(call.variables)} variables, not {len(inputs)}')
        return [await self._resolve(*pair, identity) for pair in zip(call.variables, inputs, strict=True)]

    async def _resolve(self, variable: AnyVariable[Any], input: Input, identity: Identity) -> Argument:
        """Return the value of a variable: the tab sends only the values that the tab itself holds."""
        call = computing(variable)
        if call is not None:
            if not isinstance(input, DerivedInput):
                raise InvalidEdit(f'{variable!r} is computed by the server')
            return await self._resolve_derived(variable, call, input, identity)
        store = store_of(variable)
        if store is not None:
            if not isinstance(input, StoreInput) or input.store != store.uid:
                raise InvalidEdit(f'{variable!r} is read by the server')
            return await self._resolve_stored(variable, store, input, identity)
        if not isinstance(input, ValueInput):
            raise InvalidEdit(f'{variable!r} is known in the tab only')
        return _argument(to_json(input.value))

    async def _resolve_derived(
        self, variable: AnyVariable[Any], call: DeriveCall, input: DerivedInput, identity: Identity
    ) -> Argument:
        computed = await self._compute(call, input.inputs, identity)
        path = _path_within(variable, input.path)
        value = await self._part_of(call, computed.value, path) if path else computed.value
        return Argument(value, f'result {computed.serial} {path}', computed.visibility, is_computed=True)

    async def _resolve_stored(
        self, variable: AnyVariable[Any], store: BoundStore, input: StoreInput, identity: Identity
    ) -> Argument:
        if isinstance(store.room, AnyVariable):
            if input.at is None:
                return _argument(store.default)
            store = store.enter(input.at)
        user = identity.user
        key = await store.key_for(user)
        if not await store.access.may_read(user, key):
            raise Forbidden(messages.may_not_see(user.identity_name, variable), for_users=messages.MAY_NOT_READ)
        record = await store.open(key)
        if input.version > record.version:  # the tab has seen a commit of another server
            await record.refresh()
        await store.core.check_stored(record)
        value = store.default if record.value is ABSENT else record.value
        visibility = Visibility.USER if store.is_personal else Visibility.EVERYBODY
        return _argument(_part(value, _path_within(variable, input.path)), visibility)

    async def _run(
        self,
        call: Call,
        resolved: Sequence[Argument],
        *first: Any,
        finish: Callable[[Any], Any] = lambda result: result,
        flight: Flight | None = None,
    ) -> Any:
        """Call the app's function with `first` and the call's arguments, values in the positions of variables.

        A sync function, the conversion of its arguments, and `finish`, which gets the result, run in one thread.
        A job runs in a process, on this server or another one, and its progress is passed to `flight`.

        Raises:
            InvalidValue: a value does not fit the annotation of its parameter.
        """
        values = (FromVariable(each.value) for each in resolved)

        def fill(argument: Any) -> Any:
            return next(values) if isinstance(argument, AnyVariable) else argument

        arguments = [fill(argument) for argument in call.arguments]
        if isinstance(call, DeriveCall):
            del arguments[call.taken :]
        keywords = {name: fill(value) for name, value in call.keywords}
        bound = self._types.bind(call.name, call.function, [*first, *arguments], keywords)
        enter_server_loop()
        if flight and isinstance(call, DeriveCall) and call.is_job:
            flight.report(Progress(0, ''))  # so that it can be cancelled
            inputs = call.function, [each.value if each.is_computed else each.cache_key for each in resolved]
            converted = await self._threads.run_for(call.function, bound.converted)
            return await self._jobs.run_common(inputs, converted, flight)
        with awaits_checked():
            if not is_async(call.function):
                result = await self._threads.run_for(call.function, lambda: _finished(bound.converted()(), finish))
                return finish(await result) if inspect.isawaitable(result) else result
            is_slow = bound.is_slow
            function = await self._threads.run_for(call.function, bound.converted) if is_slow else bound.converted()
            return finish(await function())

    async def _part_of(self, call: DeriveCall, value: Any, path: Path) -> Value:
        """Return a part of a result, as JSON; in a thread if the result is large."""
        with naming(call):
            if is_small(value):
                return _part(to_json(value), path)
            return await self._threads.run_for(call.function, lambda: _part(to_json(value), path))


def _argument(value: Value, visibility: Visibility = Visibility.EVERYBODY) -> Argument:
    shown = None if value is ABSENT else value
    return Argument(shown, orjson.dumps(shown, option=orjson.OPT_SORT_KEYS).decode(), visibility)


def _finished(result: Any, finish: Callable[[Any], Any]) -> Any:
    return result if inspect.isawaitable(result) else finish(result)


def _part(value: Value, path: Path) -> Value:
    part = at(None if value is ABSENT else value, path)
    return None if part is ABSENT else part


def _path_within(variable: AnyVariable[Any], path: Sequence[str | int]) -> Path:
    """Check that the path that a tab sent is that of the variable, with indexes for the items of a `For`; return it."""
    if len(path) != len(variable.path) or not all(map(_fits, variable.path, path)):
        raise InvalidEdit(f'{variable!r} is not at {list(path)}')
    return tuple(path)


def _fits(step: str | int | Target | None, sent: str | int) -> bool:
    if isinstance(step, (str, int)):
        return step == sent
    return isinstance(sent, int) if step is None else True
