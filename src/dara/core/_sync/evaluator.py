"""The evaluator: runs actions, py_components and DerivedVariables for a user."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path as FilePath
from typing import Any, Final
from weakref import WeakKeyDictionary

import orjson

from dara.core import _messages as messages
from dara.core._app_code import is_async
from dara.core._calls import ActionCall, Call, DeriveCall, RenderCall
from dara.core._context import Identity, running_for
from dara.core._edits import ABSENT, Value, at
from dara.core._effects import ClientEffect, Target
from dara.core._ids import naming_below
from dara.core._json import Path, shortened, to_json
from dara.core._json_parts import is_small, json_parts
from dara.core._loops import enter_server_loop
from dara.core._outages import from_the_apps_line, has_line_of_the_app
from dara.core._sync.encoded import MESSAGE_BYTES, RESULT_BYTES, Encoded, EncodedResults, ResultTooLarge
from dara.core._sync.protocol.messages import DerivedInput, Input, StoreInput, ValueInput
from dara.core._sync.results import Computed, Results, Visibility
from dara.core._threads import Threads
from dara.core._tree import Tree, render
from dara.core._types import FromVariable, Types
from dara.core.actions import ActionCtx
from dara.core.derived import Computation, DerivedVariable
from dara.core.errors import Forbidden, InvalidEdit, InvalidValue, NotJson, TooLarge
from dara.core.persistence.bound_store import BoundStore
from dara.core.persistence.stores import store_of
from dara.core.py_components import components_of
from dara.core.variables import AnyVariable

MESSAGE_CHARACTERS: Final = 300
logger = logging.getLogger('dara')


@dataclass(frozen=True, slots=True)
class Argument:
    """The value of a variable, as the app's function gets it.

    Attributes:
        cache_key: equal keys mean equal values.
        visibility: the users who may see the value.
    """

    value: Any
    cache_key: str
    visibility: Visibility = Visibility.EVERYBODY


class Evaluator:
    """Runner of the app's functions. The threads of sync ones are not those of backends, which they may wait for."""

    def __init__(self, types: Types, threads: Threads) -> None:
        self._types = types
        self._threads = threads
        self._results: WeakKeyDictionary[Computation, Results] = WeakKeyDictionary()
        self._encoded = EncodedResults()

    async def act(
        self,
        call: ActionCall,
        inputs: Sequence[Input],
        identity: Identity,
        emit: Callable[[ClientEffect], None],
        offer: Callable[[FilePath, bool], str],
    ) -> None:
        """Run an action.

        Args:
            inputs: the value of the component, then the inputs of the action's variables.
            emit: sends an effect to the tab.
            offer: offers a file for download; returns its address.

        Raises:
            InvalidEdit: the inputs are not those of the action.
            Forbidden: the user may not read one of them.
        """
        if not inputs or not isinstance(inputs[0], ValueInput):
            raise InvalidEdit('the first input of an action is the value of its component')
        arguments = await self._resolve_all(call, inputs[1:], identity)
        ctx = ActionCtx(to_json(inputs[0].value), emit, offer)
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
        self, call: DeriveCall, inputs: Sequence[Input], identity: Identity, *, is_fresh: bool = False
    ) -> Encoded:
        """Return the value of a DerivedVariable for these inputs. Raises what `act` does, NotJson, and TooLarge.

        Args:
            is_fresh: compute it even if a result is cached.
        """
        computed = await self._compute(call, inputs, identity, is_fresh=is_fresh)
        with _naming(call):
            if is_small(computed.value):
                return Encoded.of(json_parts(computed.value))
            return await self._encoded.get(computed, partial(self._encode, call))

    async def encode_fragment(self, call: RenderCall, fragment: dict[str, Any]) -> Encoded:
        """Encode a fragment, in a thread if it is large. Raises TooLarge."""
        with _naming(call):
            is_quick = is_small({**fragment, 'stores': None})
            run = partial(self._threads.run_for, call.function)
            encoded = orjson.dumps(fragment) if is_quick else await run(orjson.dumps, fragment)
            return await run(Encoded.of, [encoded]) if len(encoded) > MESSAGE_BYTES else Encoded.of([encoded])

    async def _encode(self, call: Call, value: Any) -> Encoded:
        return await self._threads.run_for(call.function, lambda: Encoded.of(json_parts(value)))

    async def _compute(
        self, call: DeriveCall, inputs: Sequence[Input], identity: Identity, *, is_fresh: bool = False
    ) -> Computed:
        arguments = await self._resolve_all(call, inputs, identity)
        results = self._results.get(call.computation)
        if results is None:
            results = self._results[call.computation] = Results(call.computation.cache, call.computation.ttl)
        visibility = max((each.visibility for each in arguments), default=Visibility.EVERYBODY)

        async def compute() -> Computed:
            value, failure = None, None
            with running_for(identity) as dependencies:
                try:
                    value = await self._run(call, arguments)
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
        if isinstance(variable, DerivedVariable):
            if not isinstance(input, DerivedInput):
                raise InvalidEdit(f'{variable!r} is computed by the server')
            return await self._resolve_derived(variable, input, identity)
        store = store_of(variable)
        if store is not None:
            if not isinstance(input, StoreInput) or input.store != store.uid:
                raise InvalidEdit(f'{variable!r} is read by the server')
            return await self._resolve_stored(variable, store, input, identity)
        if not isinstance(input, ValueInput):
            raise InvalidEdit(f'{variable!r} is known in the tab only')
        return _argument(to_json(input.value))

    async def _resolve_derived(
        self, variable: DerivedVariable[Any], input: DerivedInput, identity: Identity
    ) -> Argument:
        call = DeriveCall.of(variable)
        computed = await self._compute(call, input.inputs, identity)
        path = _path_within(variable, input.path)
        value = await self._part_of(call, computed.value, path) if path else computed.value
        return Argument(value, f'result {computed.serial} {path}', computed.visibility)

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
            raise Forbidden(messages.may_not_see(user.identity_name, variable))
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
    ) -> Any:
        """Call the app's function with `first` and the call's arguments, values in the positions of variables.

        A sync function, the conversion of its arguments, and `finish`, which gets the result, run in one thread.

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
        if not is_async(call.function):
            result = await self._threads.run_for(call.function, lambda: _finished(bound.converted()(), finish))
            return finish(await result) if inspect.isawaitable(result) else result
        is_slow = bound.is_slow
        function = await self._threads.run_for(call.function, bound.converted) if is_slow else bound.converted()
        return finish(await function())

    async def _part_of(self, call: DeriveCall, value: Any, path: Path) -> Value:
        """Return a part of a result, as JSON; in a thread if the result is large."""
        with _naming(call):
            if is_small(value):
                return _part(to_json(value), path)
            return await self._threads.run_for(call.function, lambda: _part(to_json(value), path))


def log_failure(call: Call, error: BaseException) -> None:
    """Log the error of a call: with the traceback from the app's own line on, or a warning if a browser caused it."""
    if isinstance(error, (InvalidEdit, NotJson, Forbidden)) and not has_line_of_the_app(error.__traceback__):
        logger.warning('%s was called wrongly by a browser: %s', call.name, shortened(str(error), MESSAGE_CHARACTERS))
        return
    if isinstance(error, InvalidValue) and not has_line_of_the_app(error.__traceback__):
        logger.error('%s', error)
        return
    logger.error('%s failed', call.name, exc_info=(type(error), error, from_the_apps_line(error.__traceback__)))


def _argument(value: Value, visibility: Visibility = Visibility.EVERYBODY) -> Argument:
    shown = None if value is ABSENT else value
    return Argument(shown, orjson.dumps(shown, option=orjson.OPT_SORT_KEYS).decode(), visibility)


def _finished(result: Any, finish: Callable[[Any], Any]) -> Any:
    return result if inspect.isawaitable(result) else finish(result)


@contextmanager
def _naming(call: Call) -> Iterator[None]:
    """Name the call in the errors of its result.

    Raises:
        NotJson: the result is no JSON.
        TooLarge: the result is too large for a tab.
    """
    try:
        yield
    except NotJson as error:
        raise NotJson(f'{call.name} returned a value that cannot be shown: {error}') from error
    except ResultTooLarge:
        raise TooLarge(messages.result_too_large(call.name, RESULT_BYTES)) from None


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
