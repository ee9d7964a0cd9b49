"""Components: the parts of a page, with checked props."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError
from pydantic_core import ErrorDetails

from dara.core._effects import Action
from dara.core.errors import InvalidProp
from dara.core.variables import AnyVariable

_NEVER_DRAWN: Final = frozenset({'ComponentInstance', 'Container', 'Field', 'StyledComponent'})


def internal_prop() -> Any:
    """Return the field of a prop that a component's constructor sets; the reference leaves it out."""
    return Field(default=None, exclude=True)


class ComponentInstance(BaseModel):
    """A component of a page. Subclass it to declare another component with props of its own.

    Args:
        id_: the `id` of its element in the page.

    Raises:
        InvalidProp: a prop is unknown, or does not take its value.
    """

    model_config = ConfigDict(extra='forbid', strict=True, arbitrary_types_allowed=True, defer_build=True)

    _part_of: ClassVar[str | None] = None
    """The name of the only component that may directly contain this one."""
    _shows_one_of: ClassVar[bool] = False
    """True if the component draws nothing but one of its children, as an `If` does."""

    id_: str | None = None

    def __init__(self, **props: Any) -> None:
        try:
            super().__init__(**props)
        except ValidationError as error:
            raise InvalidProp(_explain(type(self), error)) from None
        if not self._shows_one_of:
            _check_parts(self)

    @property
    def _drawn_with(self) -> str:
        """The name of the client's component; a subclass made by an app is drawn as its nearest Dara class."""
        ours = [each.__name__ for each in type(self).__mro__ if each.__module__.startswith('dara.')]
        return ours[0] if ours[0] not in _NEVER_DRAWN else type(self).__name__


class PlainText(ComponentInstance):
    """A string, number or variable among components."""

    text: str | int | float | bool | AnyVariable[Any]

    @property
    def _drawn_with(self) -> str:
        return 'Text'


@dataclass(frozen=True)
class Cases:
    """Components by the JSON text of a value; the browser shows the component of the present value."""

    components: dict[str, ComponentInstance]


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
            raise ValueError(f'takes an action such as variable.update(1), or a list of them, not {action!r}')
    return actions


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


def _check_parts(parent: ComponentInstance) -> None:
    kinds = {kind.__name__ for kind in type(parent).__mro__}
    for part in _drawn(children_of(parent)):
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


def _explain(component: type[ComponentInstance], error: ValidationError) -> str:
    """Return a message that names the component, the prop, the mistake, and the nearest valid prop."""
    first = error.errors()[0]
    prop = str(first['loc'][0]) if first['loc'] else ''
    if first['type'] == 'extra_forbidden':
        return _explain_unknown(component, prop)
    if first['type'] == 'missing':
        return f'{component.__name__}: the prop {prop!r} is missing.'
    return f'{component.__name__}: {prop}: {_reason(component, prop, first)}'


def _explain_unknown(component: type[ComponentInstance], prop: str) -> str:
    known = list(component.model_fields)
    from difflib import get_close_matches  # slow to import, and needed for errors only

    nearest = get_close_matches(prop, known, n=1, cutoff=0.5)
    hint = f'Did you mean {nearest[0]!r}?' if nearest else f'It has: {", ".join(sorted(known))}.'
    return f'{component.__name__} has no prop {prop!r}. {hint}'


def _reason(component: type[ComponentInstance], prop: str, first: ErrorDetails) -> str:
    if first['type'] == 'value_error':
        return str(first['ctx']['error'])
    annotation = component.model_fields[prop].annotation
    expected = getattr(annotation, '__name__', None) if isinstance(annotation, type) else str(annotation)
    readable = str(expected).replace('typing.', '').replace('dara.core.variables.', '').replace(' | None', '')
    return f'takes {readable}, not {first["input"]!r}.'
