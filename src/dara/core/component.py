"""Components: the parts of a page, with checked props."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError
from pydantic_core import ErrorDetails

from dara.core import _messages as messages
from dara.core._effects import Action
from dara.core._ids import place_of
from dara.core._uploads import UploadRules
from dara.core.errors import InvalidDefinition, InvalidProp
from dara.core.variables import AnyVariable

logger = logging.getLogger('dara')

_NEVER_DRAWN: Final = frozenset({'BaseFallback', 'ComponentInstance', 'Container', 'Field', 'StyledComponentInstance'})
_OF_JAVASCRIPT: Final = ('js_module', 'js_component', 'py_component')
_NEAR_MISS: Final = 0.8
"""The similarity from which an unknown prop counts as a misspelt one: that of `lable` and `label`."""


def internal_prop() -> Any:
    """Return the field of a prop that a component's constructor sets; the reference leaves it out."""
    return Field(default=None, exclude=True)


def as_css(value: Any) -> Any:
    """Return raw CSS as it is: a string, a dict of properties and nested rules, or a variable that holds either.

    Raises:
        ValueError: `value` is none of these, or has a property that is neither a string nor a number.
    """
    if isinstance(value, dict):
        given = {name: each for name, each in value.items() if each is not None}
        if not all(isinstance(each, (str, int, float, dict)) for each in given.values()):
            raise ValueError(f'takes strings and numbers as properties, not {value!r}.')
        return {name: as_css(each) if isinstance(each, dict) else each for name, each in given.items()}
    if isinstance(value, (str, AnyVariable)):
        return value
    raise ValueError(f'takes a string of CSS, a dict of properties, or a variable that holds either, not {value!r}.')


def _to_fallback(value: Any) -> Any:
    if value is None or isinstance(value, ComponentInstance):
        return value
    raise ValueError(f"takes a component such as Fallback.Row() or Text('Loading'), not {value!r}.")


def _to_error_handler(value: Any) -> Any:
    if value is None or isinstance(value, ErrorHandlingConfig):
        return value
    raise ValueError(f"takes ErrorHandlingConfig(title='...', description='...'), not {value!r}.")


Css: TypeAlias = Annotated[Any, PlainValidator(as_css)]
"""CSS as a string, a dict or a variable."""


class ComponentInstance(BaseModel):
    """A component of a page. Subclass it to declare another component with props of its own.

    A prop that the component does not have is ignored, and logged once. A misspelt prop is an error.

    Args:
        id_: the `id` of its element in the page.
        raw_css: the style of its element: declarations such as `'color: red'`, with nested rules such as
            `'&:hover { color: blue }'`, or a dict of properties with names in either spelling, `{'font-size': 12}` or
            `{'fontSize': 12}`, and of nested rules, `{'&:hover': {'color': 'blue'}}`; a variable of these. A nested
            rule of a variable cannot load pictures.
        fallback: shown in place of the component while its values are being computed; see `Fallback`.
        error_handler: the message if the component cannot be shown.
        track_progress: show the progress of the task for which the component waits; see `ProgressTracker`.
        for_: a note in the app's code, for example the `id_` that a label belongs to.

    Raises:
        InvalidProp: a prop is misspelt, or does not take its value.
    """

    model_config = ConfigDict(extra='forbid', strict=True, arbitrary_types_allowed=True, defer_build=True)

    js_module: ClassVar[str | None] = None
    """Components in JavaScript are not supported; a class that declares one is an error."""
    js_component: ClassVar[str | None] = None
    py_component: ClassVar[str | None] = None

    _part_of: ClassVar[str | None] = None
    """The name of the only component that may directly contain this one."""
    _shows_one_of: ClassVar[bool] = False
    """True if the component draws nothing but one of its children, as an `If` does."""
    _hides_parts: ClassVar[bool] = False
    """True if the browser draws what is in the component only while it is open, as that of a `Modal`."""
    _names_fields: ClassVar[bool] = False
    """True if the component shows a name for the fields in it, as a `Label` does."""
    _not_yet: ClassVar[frozenset[str]] = frozenset()
    """Props that the documentation has and this version ignores."""
    _tabular: ClassVar[frozenset[str]] = frozenset()
    """Props that show the rows of a table, and so may have a value that stays on the server."""

    id_: str | None = None
    raw_css: Css | None = None
    fallback: Annotated[Any, PlainValidator(_to_fallback)] = None
    error_handler: Annotated[Any, PlainValidator(_to_error_handler)] = None
    track_progress: bool | None = None
    for_: str | None = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        declared = next((name for name in _OF_JAVASCRIPT if name in vars(cls)), None)
        if declared is not None:
            raise InvalidDefinition(
                f'{cls.__name__}: {declared}: components in JavaScript are not supported; compose components of '
                'dara.components, or draw it with a py_component.'
            )

    def __init__(self, **props: Any) -> None:
        if isinstance(props.get('children'), tuple):
            props['children'] = list(props['children'])
        try:
            super().__init__(**_known(self, props))
        except ValidationError as error:
            raise InvalidProp(explain(type(self), error)) from None
        if not self._shows_one_of:
            check_parts(self, children_of(self))

    def _check_place(self, enclosing: Sequence[ComponentInstance]) -> None:
        """Check the component where it becomes a part of a page or of the result of a py_component."""

    @property
    def _drawn_with(self) -> str:
        """The name of the client's component; a subclass made by an app is drawn as its nearest Dara class."""
        ours = [each.__name__ for each in type(self).__mro__ if each.__module__.startswith('dara.')]
        return ours[0] if ours[0] not in _NEVER_DRAWN else type(self).__name__


DEFAULT_ERROR_TITLE: Final = messages.COMPONENT_FAILED
DEFAULT_ERROR_DESCRIPTION: Final = messages.COMPONENT_FAILED_HINT


class ErrorHandlingConfig(ComponentInstance):
    """The message that stands in place of a component that cannot be shown, with a button to try again.

        Text(report, error_handler=ErrorHandlingConfig(title='No report', description='The numbers come at nine.'))

    Args:
        title: the heading of the message.
        description: the text below it.
        raw_css: the style of the message.
    """

    _part_of: ClassVar[str | None] = 'ComponentInstance'

    title: str | AnyVariable[Any] = DEFAULT_ERROR_TITLE
    description: str | AnyVariable[Any] = DEFAULT_ERROR_DESCRIPTION


class PlainText(ComponentInstance):
    """A string, number or variable among components."""

    text: str | int | float | bool | AnyVariable[Any]

    @property
    def _drawn_with(self) -> str:
        return 'Text'


@dataclass(frozen=True, eq=False)
class Cases:
    """Components by the JSON text of a value; the browser shows the component of the present value."""

    components: dict[str, ComponentInstance]


@dataclass(frozen=True, eq=False)
class EventActions:
    """The actions of events that a component has besides its own, by the name of the event."""

    actions: dict[str, tuple[Action, ...]]


@dataclass(frozen=True, eq=False)
class Reception:
    """The uploads that a component receives.

    Attributes:
        actions: run for each file; their input is an `Upload`.
        target: the variable that they write, if any.
    """

    rules: UploadRules
    actions: tuple[Action, ...]
    target: AnyVariable[Any] | None = None


def as_component(child: Any) -> ComponentInstance:
    """Return a component as it is, and a string, number or variable as a `PlainText`.

    Raises:
        ValueError: `child` is none of these.
    """
    if isinstance(child, ComponentInstance):
        return child
    if isinstance(child, (str, int, float, AnyVariable)):
        return PlainText(text=child)
    raise ValueError(f'takes components or text, not {child!r}')


def as_list(value: Any) -> list[Any]:
    """Return a list or tuple as a list, and any other value as the only element of one."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _to_components(given: Any) -> list[ComponentInstance]:
    return [as_component(child) for child in as_list(given) if child is not None]


def _to_actions(value: Any) -> tuple[Action, ...]:
    actions = tuple(as_list(value))
    for action in actions:
        if not isinstance(action, Action):
            given = explain_no_action(action)
            raise ValueError(f'takes an action such as variable.update(1), or a list of them, not {given}')
    return actions


def explain_no_action(given: Any) -> str:
    """Return a name of something that is no action, and what would make it one."""
    name = getattr(given, '__name__', None)
    if hasattr(given, '_takes_ctx') or inspect.ismethod(given):  # an @action, or a method such as variable.toggle
        return f'{name} itself; call it: {name}()'
    if inspect.isfunction(given):
        return f'the function {name}; write @action above a function go, and call it: go()'
    return repr(given)


Actions: TypeAlias = Annotated[Any, PlainValidator(_to_actions)]
Child: TypeAlias = Annotated[ComponentInstance, PlainValidator(as_component)]
"""A component, or a string, number or variable."""
Children: TypeAlias = Annotated[Any, PlainValidator(_to_components)]
"""A `Child`, or a list of them; `None` in the list is left out."""


def children_of(component: ComponentInstance) -> Iterator[ComponentInstance]:
    """Yield the components that are directly in the props of `component`."""
    for name in type(component).model_fields:
        yield from _components_in(getattr(component, name))


def check_are_no_parts(components: Iterable[ComponentInstance]) -> None:
    """Check that none of the components of a page or a py_component is a part of another component.

    Raises:
        InvalidProp: one is.
    """
    for part in _drawn(components):
        if part._part_of is not None:
            raise InvalidProp(f'A page or a py_component: {_misplaced(part)}')


def _components_in(value: Any) -> Iterator[ComponentInstance]:
    if isinstance(value, ComponentInstance):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _components_in(each)
    elif isinstance(value, Cases):
        yield from value.components.values()


def check_parts(parent: ComponentInstance, children: Iterable[ComponentInstance]) -> None:
    """Check that none of the children of `parent` is a part of another component.

    Raises:
        InvalidProp: one is.
    """
    kinds = {kind.__name__ for kind in type(parent).__mro__}
    for part in _drawn(children):
        if part._part_of is not None and part._part_of not in kinds:
            raise InvalidProp(f'{type(parent).__name__}: {_misplaced(part)}')


def _drawn(components: Iterable[ComponentInstance]) -> Iterator[ComponentInstance]:
    """Yield the components, and in place of an `If` or the like its children."""
    for component in components:
        if component._shows_one_of:
            yield from _drawn(children_of(component))
        else:
            yield component


def _misplaced(part: ComponentInstance) -> str:
    return f'{type(part).__name__} can only be in {part._part_of}, not here.'


def explain(component: type[ComponentInstance], error: ValidationError) -> str:
    """Return a message that names the component, the prop and the mistake."""
    first = error.errors()[0]
    if not first['loc'] and first['type'] == 'value_error':  # of several props, which the message names
        return str(first['ctx']['error'])
    prop = str(first['loc'][0]) if first['loc'] else ''
    if first['type'] == 'missing':
        return f'{component.__name__}: the prop {prop!r} is missing.'
    return f'{component.__name__}: {prop}: {_reason(component, prop, first)}'


def _known(component: ComponentInstance, props: dict[str, Any]) -> dict[str, Any]:
    """Return the props that the component has; log the others.

    Raises:
        InvalidProp: another one looks misspelt.
    """
    kind = type(component)
    if kind.model_config.get('extra') != 'forbid':
        return props
    for prop in props:
        if prop not in kind.model_fields:
            warn_unknown(kind.__name__, prop, sorted(kind.model_fields), kind._not_yet, component)
    return {prop: value for prop, value in props.items() if prop in kind.model_fields}


def warn_unknown(owner: str, prop: str, known: list[str], not_yet: Iterable[str], constructed: object) -> None:
    """Log once that a prop is ignored, with the place in the app.

    Args:
        owner: the name of what does not have the prop.
        known: the names that it has.
        not_yet: the names that the documentation has, and that are ignored in this version.
        constructed: the object whose constructor is running.

    Raises:
        InvalidProp: the name looks like a misspelt one of `known`.
    """
    from difflib import get_close_matches  # slow to import, and needed for mistakes only

    if prop in not_yet:
        log_once(f'{owner}: {prop!r} is not here yet, and ignored.', place_of(constructed))
        return
    meant = get_close_matches(prop, known, n=1, cutoff=_NEAR_MISS)
    if meant:
        raise InvalidProp(f'{owner} has no prop {prop!r}. Did you mean {meant[0]!r}?')
    nearest = get_close_matches(prop, known, n=1, cutoff=0.5)
    hint = f'Did you mean {nearest[0]!r}?' if nearest else f'It has: {", ".join(known)}.'
    log_once(f'{owner} has no prop {prop!r}; it is ignored. {hint}', place_of(constructed))


@lru_cache(maxsize=4096)
def log_once(message: str, place: str) -> None:
    """Log a warning about the line of the app at `place`, once."""
    logger.warning('%s: %s', place, message)


def _reason(component: type[ComponentInstance], prop: str, first: ErrorDetails) -> str:
    if first['type'] == 'value_error':
        return str(first['ctx']['error'])
    annotation = component.model_fields[prop].annotation
    expected = getattr(annotation, '__name__', None) if isinstance(annotation, type) else str(annotation)
    readable = str(expected).replace('typing.', '').replace('dara.core._any_variable.', '').replace(' | None', '')
    return f'takes {readable}, not {first["input"]!r}.'
