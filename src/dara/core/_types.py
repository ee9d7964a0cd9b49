"""Types by annotation: functions of the app get values of the types that their parameters are annotated with.

Values of variables are JSON. What one function of the app passes to another on the server keeps its own type.
"""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache, partial
from typing import Any, Final, TypeAlias
from uuid import UUID

from dara.core import _messages as messages
from dara.core._arrays import array_converter, canonical
from dara.core._encode import ENCODERS
from dara.core._json import is_scalar, shortened
from dara.core.errors import InvalidDefinition, InvalidValue

Convert: TypeAlias = Callable[[Any], Any]

_JSON: Final = frozenset({bool, int, float, str, list, dict})
_MOMENTS: Final = (date, time, timedelta, Decimal, UUID)
_COLLECTIONS: Final[dict[Any, type]] = {
    list: list,
    Sequence: list,
    Iterable: list,
    set: set,
    frozenset: frozenset,
    tuple: tuple,
}
_REASON_CHARACTERS: Final = 300


def add_encoder(typ: Any, serialize: Convert) -> None:
    """Encode objects of a type with `serialize`, wherever values become JSON.

    Raises:
        InvalidDefinition: `typ` is not a class, or is JSON already.
    """
    kind = canonical(typ)
    if not inspect.isclass(kind) or kind in (*_JSON, tuple, type(None)):
        raise InvalidDefinition(f'add_encoder takes a class whose objects are not JSON themselves, not {typ!r}')
    ENCODERS[kind] = serialize


@dataclasses.dataclass(frozen=True, slots=True)
class FromVariable:
    """The value of a variable among the arguments of a call; other arguments are passed as they are."""

    value: Any


class Types:
    """The conversions of one app.

    Args:
        decoders: functions that restore objects of the app's own types from JSON, by annotation.
    """

    def __init__(self, decoders: Mapping[Any, Convert] | None = None) -> None:
        self._decoders = {canonical(typ): decode for typ, decode in (decoders or {}).items()}
        self._converter = lru_cache(1024)(self._make_converter)

    def bind(
        self, name: str, function: Callable[..., Any], arguments: Sequence[Any], keywords: Mapping[str, Any]
    ) -> BoundCall:
        """Return the call of a function of the app, before its arguments are converted.

        Args:
            name: the name of the call in errors.
        """
        try:
            bound = inspect.signature(function).bind(*arguments, **keywords)
        except (TypeError, ValueError):  # a builtin without a signature
            return BoundCall(name, function, [*arguments], dict(keywords), {})
        converters = {
            parameter: self._converter_of(annotation_of(function, bound.signature.parameters[parameter].annotation))
            for parameter, given in bound.arguments.items()
            if _holds_variable(given)
        }
        return BoundCall(name, function, [*bound.args], bound.kwargs, converters, bound)

    def _converter_of(self, annotation: Any) -> Convert | None:
        try:
            return self._converter(annotation)
        except TypeError:  # an annotation that is not hashable
            return None

    def _make_converter(self, annotation: Any) -> Convert | None:
        """Return the conversion of JSON to the annotated type; `None` if values are passed as they are."""
        annotation = canonical(annotation)
        if annotation in self._decoders:
            return _unless_given(annotation, self._decoders[annotation])
        origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
        if origin in (typing.Union, types.UnionType):
            return self._of_union(parts)
        if origin is typing.Annotated:
            return self._converter_of(parts[0])
        if hasattr(annotation, '__supertype__'):  # a NewType
            return self._converter_of(annotation.__supertype__)
        arrays = array_converter(annotation)
        if arrays:
            return arrays if not inspect.isclass(annotation) else _unless_given(annotation, arrays)
        kind = origin or annotation
        if kind in _COLLECTIONS:
            return self._of_collection(_COLLECTIONS[kind], parts)
        if kind in (dict, Mapping) and len(parts) == 2:
            return self._of_mapping(parts[1])
        convert = _convert_to_class(kind) if inspect.isclass(kind) else None
        return convert and _unless_given(kind, convert)

    def _of_union(self, members: tuple[Any, ...]) -> Convert | None:
        """Return the conversion to the first type that a value fits; values of unconverted types stay as they are."""
        converters = [self._converter_of(each) for each in members if each is not type(None)]
        if not any(converters):
            return None
        kinds = [typing.get_origin(each) or each for each in members if each is not type(None)]
        plain = tuple(
            kind
            for kind, convert in zip(kinds, converters, strict=True)
            if kind in _JSON and (convert is None or kind in (int, float, str))
        )

        def convert(value: Any) -> Any:
            if isinstance(value, plain):
                return value
            failures: list[Exception] = []
            for each in converters:
                try:
                    return each(value) if each else value
                except Exception as failure:  # of a type that the value does not have
                    failures.append(failure)
            raise failures[-1]

        return convert

    def _of_collection(self, kind: type, parts: tuple[Any, ...]) -> Convert | None:
        elements = [self._converter_of(each) for each in parts if each is not Ellipsis]
        if kind is list and not any(elements):
            return None
        is_fixed = kind is tuple and Ellipsis not in parts and bool(parts)

        def convert(value: Any) -> Any:
            if not isinstance(value, list):
                raise TypeError(f'it is not a list but {_kind(value)}')
            if is_fixed and len(value) != len(elements):
                raise TypeError(f'it has {len(value)} elements, not {len(elements)}')
            converters = elements if is_fixed else [*elements[:1], None][:1] * len(value)
            return kind(_converted(part, each) for part, each in zip(value, converters, strict=True))

        return convert

    def _of_mapping(self, annotation: Any) -> Convert | None:
        convert_member = self._converter_of(annotation)
        if convert_member is None:
            return None

        def convert(value: Any) -> Any:
            if not isinstance(value, dict):
                raise TypeError(f'it is not an object but {_kind(value)}')
            return {name: _converted(member, convert_member) for name, member in value.items()}

        return convert


@dataclasses.dataclass(slots=True)
class BoundCall:
    """A call of a function of the app with unconverted arguments."""

    name: str
    function: Callable[..., Any]
    arguments: list[Any]
    keywords: dict[str, Any]
    converters: dict[str, Convert | None]
    bound: inspect.BoundArguments | None = None

    @property
    def is_slow(self) -> bool:
        """True if the conversion may take long."""
        given = self.bound.arguments.items() if self.bound else ()
        return any(self.converters.get(name) and not _is_small(value) for name, value in given)

    def converted(self) -> Callable[[], Any]:
        """Return the call with all arguments converted.

        Raises:
            InvalidValue: a value does not fit the annotation of its parameter.
        """
        if self.bound is None:
            plain = {name: _unwrapped(value) for name, value in self.keywords.items()}
            return partial(self.function, *map(_unwrapped, self.arguments), **plain)
        for parameter, given in self.bound.arguments.items():
            self.bound.arguments[parameter] = self._convert(parameter, given)
        return partial(self.function, *self.bound.args, **self.bound.kwargs)

    def _convert(self, parameter: str, given: Any) -> Any:
        if isinstance(given, FromVariable):
            return self._fitted(parameter, given.value)
        if not _holds_variable(given):
            return given
        if isinstance(given, tuple):
            return tuple(self._convert(parameter, each) for each in given)
        return {name: self._convert(parameter, each) for name, each in given.items()}

    def _fitted(self, parameter: str, value: Any) -> Any:
        try:
            return _converted(value, self.converters.get(parameter))
        except Exception as failure:
            assert self.bound is not None
            annotation = annotation_of(self.function, self.bound.signature.parameters[parameter].annotation)
            reason = shortened(_reason(failure), _REASON_CHARACTERS)
            function = getattr(self.function, '__name__', str(self.function))
            place = f'{self.name}: {function}()'
            raise InvalidValue(messages.does_not_fit(place, parameter, _name(annotation), reason)) from failure


def annotation_of(function: Callable[..., Any], annotation: Any) -> Any:
    """Return an annotation with its names resolved; `Any` if one of them is unknown when the app runs."""
    while isinstance(function, partial):
        function = function.func
    if not inspect.isroutine(function) and not inspect.isclass(function):
        function = type(function).__call__
    names = getattr(inspect.unwrap(function), '__globals__', {})
    holder = types.SimpleNamespace(__annotations__={'it': annotation})
    try:
        return typing.get_type_hints(holder, globalns=names, include_extras=True)['it']
    except Exception:  # a name that is imported for type checkers alone, or no type at all
        return Any


def _holds_variable(given: Any) -> bool:
    if isinstance(given, tuple):
        return any(map(_holds_variable, given))
    return any(map(_holds_variable, given.values())) if isinstance(given, dict) else isinstance(given, FromVariable)


def _is_small(given: Any) -> bool:
    return not _holds_variable(given) or (isinstance(given, FromVariable) and is_scalar(given.value))


def _unwrapped(given: Any) -> Any:
    return given.value if isinstance(given, FromVariable) else given


def _converted(value: Any, convert: Convert | None) -> Any:
    return value if convert is None or type(value) not in _JSON else convert(value)


def _unless_given(kind: Any, convert: Convert) -> Convert:
    if not inspect.isclass(kind):
        return convert
    return lambda value: value if isinstance(value, kind) else convert(value)


def _convert_to_class(kind: type) -> Convert | None:
    from pydantic import BaseModel, TypeAdapter

    if issubclass(kind, BaseModel):
        return kind.model_validate
    if kind is str:
        return _to_text
    if issubclass(kind, Enum):
        return kind
    if kind in (int, float) or dataclasses.is_dataclass(kind):
        return TypeAdapter(kind).validate_python
    if kind is datetime or kind in _MOMENTS:
        return partial(_from_text, TypeAdapter(kind).validate_python, kind is Decimal)
    return None


def _to_text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f'it is not text but {_kind(value)}')
    return str(value)


def _from_text(validate: Convert, takes_number: bool, value: Any) -> Any:
    if not isinstance(value, str) and not takes_number:
        raise TypeError(f'it is not text but {_kind(value)}')
    return validate(value)


def _kind(value: Any) -> str:
    """Return the name of a JSON value's kind."""
    match value:
        case bool():
            return 'true or false'
        case int() | float():
            return 'a number'
        case str():
            return 'text'
        case dict():
            return 'an object'
        case _:
            return 'a list'


def _name(annotation: Any) -> str:
    is_plain = inspect.isclass(annotation) and not typing.get_args(annotation)
    return annotation.__name__ if is_plain else str(annotation).replace('typing.', '')


def _reason(failure: Exception) -> str:
    from pydantic import ValidationError

    if not isinstance(failure, ValidationError):
        return str(failure) or type(failure).__name__
    first = failure.errors(include_url=False)[0]
    path = '.'.join(map(str, first['loc']))
    return f'{path}: {first["msg"]}' if path else first['msg']
