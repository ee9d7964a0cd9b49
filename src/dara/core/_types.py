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
from weakref import WeakKeyDictionary

from dara.core import _messages as messages
from dara.core._arrays import array_converter, canonical
from dara.core._encode import ENCODERS
from dara.core._json import fresh, is_scalar, shortened
from dara.core._json_parts import is_small
from dara.core._reasons import invalid_value
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
        self._shapes: WeakKeyDictionary[types.FunctionType, _Shape] = WeakKeyDictionary()

    def bind(
        self, name: str, function: Callable[..., Any], arguments: Sequence[Any], keywords: Mapping[str, Any]
    ) -> BoundCall:
        """Return the call of a function of the app, before its arguments are converted.

        Args:
            name: the name of the call in errors.
        """
        shape = self._shape_of(function)
        parameters = [shape.parameter_at(index) for index in range(len(arguments))]
        for parameter, given in (*zip(parameters, arguments, strict=True), *keywords.items()):
            if isinstance(given, FromVariable) and parameter is not None and parameter not in shape.conversions:
                annotation = annotation_of(function, shape.annotation_of(parameter))
                shape.conversions[parameter] = Conversion(annotation, self._converter_of(annotation))
        return BoundCall(name, function, [*zip(parameters, arguments, strict=True)], keywords, shape.conversions)

    def _shape_of(self, function: Callable[..., Any]) -> _Shape:
        known = self._shapes.get(function) if isinstance(function, types.FunctionType) else None
        shape = known or _Shape(function)
        if isinstance(function, types.FunctionType):
            self._shapes[function] = shape
        return shape

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


@dataclasses.dataclass(frozen=True, slots=True)
class Conversion:
    """The conversion of the values of one parameter; without `convert` they are passed as they are."""

    annotation: Any
    convert: Convert | None


class _Shape:
    """The parameters of a function, and the conversions of those that have got values of variables."""

    def __init__(self, function: Callable[..., Any]) -> None:
        try:
            parameters = inspect.signature(function).parameters
        except ValueError:  # a builtin without a signature
            parameters = types.MappingProxyType({})
        self.conversions: dict[str, Conversion] = {}
        self._parameters = parameters
        self._positional = [
            each.name for each in parameters.values() if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
        ]
        self._rest = next((each.name for each in parameters.values() if each.kind is each.VAR_POSITIONAL), None)
        self._others = next((each.name for each in parameters.values() if each.kind is each.VAR_KEYWORD), None)

    def parameter_at(self, index: int) -> str | None:
        """Return the name of the parameter that gets the positional argument at `index`."""
        return self._positional[index] if index < len(self._positional) else self._rest

    def annotation_of(self, parameter: str) -> Any:
        """Return the annotation of a parameter, or of a keyword argument that only `**` takes."""
        name = parameter if parameter in self._parameters else self._others
        return Any if name is None else self._parameters[name].annotation


@dataclasses.dataclass(frozen=True, slots=True)
class BoundCall:
    """A call of a function of the app with unconverted arguments.

    Attributes:
        arguments: the positional arguments, each with the name of its parameter.
    """

    name: str
    function: Callable[..., Any]
    arguments: list[tuple[str | None, Any]]
    keywords: Mapping[str, Any]
    conversions: Mapping[str, Conversion]

    @property
    def is_slow(self) -> bool:
        """True if the conversion, or the copy that the function gets, may take long."""
        return any(self._is_slow(*each) for each in (*self.arguments, *self.keywords.items()))

    def converted(self) -> Callable[[], Any]:
        """Return the call with all arguments converted.

        Raises:
            InvalidValue: a value does not fit the annotation of its parameter.
        """
        arguments = [self._convert(*each) for each in self.arguments]
        keywords = {name: self._convert(name, given) for name, given in self.keywords.items()}
        return partial(self.function, *arguments, **keywords)

    def _is_slow(self, parameter: str | None, given: Any) -> bool:
        conversion = self.conversions.get(parameter or '')
        if not isinstance(given, FromVariable) or is_scalar(given.value):
            return False
        is_converted = conversion is not None and conversion.convert is not None
        return is_converted or (isinstance(given.value, (dict, list)) and not is_small(given.value))

    def _convert(self, parameter: str | None, given: Any) -> Any:
        if not isinstance(given, FromVariable):
            return given
        conversion = self.conversions.get(parameter or '')
        value = fresh(given.value)  # which the function may change
        if conversion is None:
            return value
        try:
            return _converted(value, conversion.convert)
        except Exception as failure:
            place = f'{self.name}: {getattr(self.function, "__name__", self.function)}()'
            reason = shortened(_reason(failure), _REASON_CHARACTERS)
            expected = _name(conversion.annotation)
            message = messages.does_not_fit(place, str(parameter), expected, reason)
            raise UnfitArgument(message, _reasons(failure, message)) from failure


class UnfitArgument(InvalidValue):
    """A value does not fit the annotation of a parameter; the message names both."""


def annotation_of(function: Callable[..., Any], annotation: Any) -> Any:
    """Return an annotation with its names resolved; `Any` if one of them is unknown when the app runs."""
    if annotation is inspect.Parameter.empty:
        return Any
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


def _reasons(failure: Exception, message: str) -> Mapping[str, str]:
    from pydantic import ValidationError

    return invalid_value(failure).reasons if isinstance(failure, ValidationError) else {'': message}


def _reason(failure: Exception) -> str:
    from pydantic import ValidationError

    if not isinstance(failure, ValidationError):
        return str(failure) or type(failure).__name__
    first = failure.errors(include_url=False)[0]
    path = '.'.join(map(str, first['loc']))
    return f'{path}: {first["msg"]}' if path else first['msg']
