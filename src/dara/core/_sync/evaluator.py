"""Runs the app's own functions for a session: actions, py_components, DerivedVariables."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path as FilePath
from typing import Any, Final, Protocol
from weakref import WeakKeyDictionary

import orjson

from dara.core._calls import ActionCall, Call, DeriveCall, RenderCall
from dara.core._context import Identity, running_for, serving_from_here
from dara.core._edits import ABSENT, Value, at
from dara.core._effects import ClientEffect
from dara.core._ids import naming_below
from dara.core._json import Path, fresh, is_scalar, shortened, to_json
from dara.core._outages import from_the_apps_line, has_line_of_the_app
from dara.core._sync.protocol import DerivedInput, Input, StoreInput, ValueInput
from dara.core._sync.results import Computed, Results, Visibility
from dara.core._threads import Threads, call_in
from dara.core._tree import Tree, render
from dara.core.actions import ActionCtx
from dara.core.derived import Computation, DerivedVariable
from dara.core.errors import Forbidden, InvalidEdit, NotJson
from dara.core.persistence.bound_store import BoundStore
from dara.core.persistence.stores import store_of
from dara.core.py_components import components_of
from dara.core.variables import AnyVariable

THREADS: Final = 32
MESSAGE_CHARACTERS: Final = 300
logger = logging.getLogger('dara')


@dataclass(frozen=True, slots=True)
class Resolved:
    """An input as the app's function gets it. Equal `names` mean equal values."""

    value: Any
    name: str
    audience: Visibility = Visibility.EVERYBODY


class Asker(Protocol):
    """The session that a call is run for."""

    @property
    def identity(self) -> Identity: ...

    async def may_read(self, store: BoundStore, key: str) -> bool: ...


class Evaluator:
    """Runs the app's functions: sync ones in threads, apart from those that backends need to answer them."""

    def __init__(self) -> None:
        self._threads = Threads('dara-app', THREADS)
        self._results: WeakKeyDictionary[Computation, Results] = WeakKeyDictionary()

    async def act(
        self,
        call: ActionCall,
        inputs: Sequence[Input],
        asker: Asker,
        emit: Callable[[ClientEffect], None],
        offer: Callable[[FilePath, bool], str],
    ) -> None:
        """Run an action; the first input is the component's value.

        Raises:
            InvalidEdit: the inputs are not those of the action.
            Forbidden: the user may not see one of them.
        """
        if not inputs or not isinstance(inputs[0], ValueInput):
            raise InvalidEdit('the first input of an action is the value of its component')
        resolved = await self._resolve_all(call, inputs[1:], asker)
        ctx = ActionCtx(to_json(inputs[0].value), emit, offer)
        with running_for(asker.identity):
            await self._run(call, resolved, ctx)

    async def draw(self, call: RenderCall, inputs: Sequence[Input], asker: Asker, target: str) -> Tree:
        """Run a py_component; what it creates is named below `target`. Raises what `act` does."""
        resolved = await self._resolve_all(call, inputs, asker)
        with running_for(asker.identity), naming_below(f'{target}/'):
            result = await self._run(call, resolved)
            return render(components_of(result, call.name), f'{target}/')

    async def derive(self, call: DeriveCall, inputs: Sequence[Input], asker: Asker, *, is_fresh: bool = False) -> Value:
        """Return what a DerivedVariable is for these inputs, as JSON. Raises what `act` does, and NotJson."""
        return await self._as_json(call.name, (await self._compute(call, inputs, asker, is_fresh)).value)

    async def _compute(
        self, call: DeriveCall, inputs: Sequence[Input], asker: Asker, is_fresh: bool = False
    ) -> Computed:
        resolved = await self._resolve_all(call, inputs, asker)
        results = self._results.get(call.computation)
        if results is None:
            results = self._results[call.computation] = Results(call.computation.cache, call.computation.ttl)
        audience = max((each.audience for each in resolved), default=Visibility.EVERYBODY)

        async def compute() -> Computed:
            value, failure = None, None
            with running_for(asker.identity) as watched:
                try:
                    value = await self._run(call, resolved)
                except Exception as error:  # of the app's own code: raised for everybody whom it concerns
                    failure = error
            looked_at = (
                Visibility.SESSION if watched.session else Visibility.USER if watched.user else Visibility.EVERYBODY
            )
            return Computed(value, asker.identity, max(audience, looked_at), watched, failure)

        names = '\n'.join(each.name for each in resolved)
        return await results.get(names, asker.identity, audience, compute, is_fresh=is_fresh)

    async def _resolve_all(self, call: Call, inputs: Sequence[Input], asker: Asker) -> list[Resolved]:
        if len(inputs) != len(call.variables):
            raise InvalidEdit(f'{call.name} takes {len(call.variables)} variables, not {len(inputs)}')
        return [await self._resolve(*pair, asker) for pair in zip(call.variables, inputs, strict=True)]

    async def _resolve(self, variable: AnyVariable[Any], input: Input, asker: Asker) -> Resolved:
        """Find an input's value, where the app's definition says: a tab only says what is its own to say."""
        if isinstance(variable, DerivedVariable):
            if not isinstance(input, DerivedInput):
                raise InvalidEdit(f'{variable!r} is computed by the server')
            call = DeriveCall.of(variable)
            computed = await self._compute(call, input.inputs, asker)
            path = _path_within(variable, input.path)
            value = _part(await self._as_json(call.name, computed.value), path) if path else computed.value
            return Resolved(value, f'result {computed.serial} {path}', computed.audience)
        store = store_of(variable)
        if store is not None:
            if not isinstance(input, StoreInput) or input.store != store.uid:
                raise InvalidEdit(f'{variable!r} is read by the server')
            return await self._resolve_stored(variable, store, input, asker)
        if not isinstance(input, ValueInput):
            raise InvalidEdit(f'{variable!r} is known in the tab only')
        return _named(to_json(input.value))

    async def _resolve_stored(
        self, variable: AnyVariable[Any], store: BoundStore, input: StoreInput, asker: Asker
    ) -> Resolved:
        if isinstance(store.room, AnyVariable):
            if input.at is None:
                return _named(store.default)
            store = store.enter(input.at)
        user = asker.identity.user
        key = await store.key_for(user)
        if not await asker.may_read(store, key):
            raise Forbidden(f'{user.identity_name} may not see {variable!r}.')
        record = await store.open(key)
        await store.core.check_stored(record)
        value = store.default if record.value is ABSENT else record.value
        audience = Visibility.USER if store.is_personal else Visibility.EVERYBODY
        return _named(_part(value, _path_within(variable, input.path)), audience)

    async def _run(self, call: Call, resolved: Sequence[Resolved], *first: Any) -> Any:
        """Call the app's function, with values in the places of the variables."""
        present = iter(resolved)

        def fill(argument: Any) -> Any:
            return _own(next(present).value) if isinstance(argument, AnyVariable) else argument

        arguments = [fill(argument) for argument in call.arguments]
        keywords = {name: fill(value) for name, value in call.keywords}
        serving_from_here()
        return await call_in(self._threads, partial(call.function, *first, *arguments, **keywords))

    async def _as_json(self, name: str, value: Any) -> Value:
        """Encode a result: in a thread, since a DataFrame may take long."""
        try:
            return to_json(value) if is_scalar(value) else await self._threads.run(to_json, value)
        except NotJson as error:
            raise NotJson(f'{name} returned what cannot be shown: {error}') from error


def log_failure(call: Call, error: BaseException) -> None:
    """Log what the app's function raised, with a traceback from the app's own line on; what a browser did, without."""
    if isinstance(error, (InvalidEdit, NotJson, Forbidden)) and not has_line_of_the_app(error.__traceback__):
        logger.warning('%s was called wrongly by a browser: %s', call.name, shortened(str(error), MESSAGE_CHARACTERS))
        return
    logger.error('%s failed', call.name, exc_info=(type(error), error, from_the_apps_line(error.__traceback__)))


def _named(value: Value, audience: Visibility = Visibility.EVERYBODY) -> Resolved:
    shown = None if value is ABSENT else value
    return Resolved(shown, orjson.dumps(shown, option=orjson.OPT_SORT_KEYS).decode(), audience)


def _own(value: Any) -> Any:
    """A copy of a JSON value for the function alone; a result that is no JSON is handed on as it is."""
    return fresh(value) if isinstance(value, (dict, list)) else value


def _part(value: Value, path: Path) -> Value:
    part = at(None if value is ABSENT else value, path)
    return None if part is ABSENT else part


def _path_within(variable: AnyVariable[Any], path: Sequence[str | int]) -> Path:
    """Return the path that a tab named, if it is the variable's, with the items of lists filled in."""
    if len(path) != len(variable.path) or not all(map(_fits, variable.path, path)):
        raise InvalidEdit(f'{variable!r} is not at {list(path)}')
    return tuple(path)


def _fits(step: str | int | None, named: str | int) -> bool:
    return step == named if step is not None else isinstance(named, int)
