"""`@py_component`: components that a function of the app makes on the server."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, ParamSpec, overload

from dara.core._calls import RenderCall
from dara.core.component import ComponentInstance, as_component
from dara.core.derived import Interval, check_interval
from dara.core.errors import InvalidDefinition

P = ParamSpec('P')


@dataclass(frozen=True, eq=False)
class Rendering:
    """The call that makes a py_component, and the seconds after which it is repeated."""

    call: RenderCall
    polling_interval: Interval


class PyComponent(ComponentInstance):
    """A component that the server makes again whenever the arguments of its function change."""

    rendering: Rendering


class Renderer(Generic[P]):
    """A function that `py_component` decorated. Call it to put a component on a page."""

    def __init__(
        self,
        function: Callable[P, Any],
        fallback: ComponentInstance | None,
        polling_interval: Interval,
        track_progress: bool | None,
    ) -> None:
        if not callable(function):
            raise InvalidDefinition(f'@py_component goes above a function; it was given {function!r}')
        check_interval(f'@py_component {getattr(function, "__name__", function)}', polling_interval)
        self._function = function
        self._fallback = fallback
        self._polling_interval = polling_interval
        self._track_progress = track_progress
        functools.update_wrapper(self, function)

    def __call__(self, *arguments: Any, **keywords: Any) -> ComponentInstance:
        """Return the component; arguments may have any type, and the function gets the values of variables."""
        name = f'@py_component {getattr(self._function, "__name__", self._function)}'
        try:
            inspect.signature(self._function).bind(*arguments, **keywords)
        except TypeError as error:
            raise InvalidDefinition(f'{name}: {error}') from None
        call = RenderCall(self._function, arguments, tuple(keywords.items()), name)
        rendering = Rendering(call, self._polling_interval)
        return PyComponent(rendering=rendering, fallback=self._fallback, track_progress=self._track_progress)

    def __get__(self, instance: object, owner: type | None = None) -> Renderer[Any]:
        if instance is None:
            return self
        bound = self._function.__get__(instance, owner)
        return Renderer(bound, self._fallback, self._polling_interval, self._track_progress)


@overload
def py_component(function: Callable[P, Any]) -> Renderer[P]: ...
@overload
def py_component(
    *,
    placeholder: ComponentInstance | None = ...,
    fallback: ComponentInstance | None = ...,
    track_progress: bool | None = ...,
    polling_interval: Interval = ...,
) -> Callable[[Callable[P, Any]], Renderer[P]]: ...
def py_component(
    function: Callable[..., Any] | None = None,
    *,
    placeholder: ComponentInstance | None = None,
    fallback: ComponentInstance | None = None,
    track_progress: bool | None = False,
    polling_interval: Interval = None,
) -> Any:
    """Make a component with a function on the server, again whenever its arguments change.

        @py_component
        async def greeting(name: str) -> ComponentInstance:
            return Text(f'Hello {name}, there are {await visits.read()} of you')

        Stack(Input(value=name), greeting(name))

    The function may be async, or sync: then it runs in a thread. It may be a method. It gets the values of arguments
    that are variables, and other arguments as they are. It returns a component, a string, a number, a list of these,
    or `None` for nothing.

    Args:
        placeholder: an older spelling of `fallback`.
        fallback: shown until the first result arrives.
        track_progress: show the progress of the task for which an argument waits, in place of `fallback`; see
            `ProgressTracker`.
        polling_interval: seconds after which the function runs again, while the component is shown. A variable may
            hold the number; `None` in it means no polling.
    """
    shown = placeholder if fallback is None else fallback
    if function is not None:
        return Renderer(function, shown, polling_interval, track_progress)
    return lambda function: Renderer(function, shown, polling_interval, track_progress)


def components_of(result: Any, name: str) -> list[ComponentInstance]:
    """Return the result of a py_component's function as components.

    Args:
        name: the function's name in the error.

    Raises:
        InvalidDefinition: the result cannot be shown.
    """
    if result is None:
        return []
    if isinstance(result, (list, tuple)):
        return [component for each in result for component in components_of(each, name)]
    if isinstance(result, ComponentInstance):
        return [result]
    if isinstance(result, (str, int, float)):
        return [as_component(str(result))]
    raise InvalidDefinition(f'{name}: returns a component, string, number, None or a list of these, not {result!r}')
