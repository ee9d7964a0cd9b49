"""Conversion of JSON to types of numpy and pandas, if the app has imported them."""

from __future__ import annotations

import inspect
import sys
import typing
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any


def canonical(annotation: Any) -> Any:
    """Return `numpy.ndarray` for the function `numpy.array`, which people take for a type, and others as they are."""
    numpy = sys.modules.get('numpy')
    return numpy.ndarray if numpy and annotation is getattr(numpy, 'array', None) else annotation


def array_converter(annotation: Any) -> Callable[[Any], Any] | None:
    """Return the function that converts JSON to a type of numpy or pandas; `None` for other types."""
    numpy, pandas = sys.modules.get('numpy'), sys.modules.get('pandas')
    kind = typing.get_origin(annotation) or annotation
    if not inspect.isclass(kind):
        return None
    if numpy and issubclass(kind, numpy.ndarray):
        return partial(_to_array, numpy, _dtype(numpy, typing.get_args(annotation)))
    if numpy and issubclass(kind, numpy.generic):
        return partial(_to_scalar, numpy, kind)
    return _of_pandas(pandas, kind) if pandas else None


def _of_pandas(pandas: Any, kind: Any) -> Callable[[Any], Any] | None:
    if issubclass(kind, pandas.DataFrame):
        return partial(_checked, (list, dict), kind)
    if issubclass(kind, pandas.MultiIndex):
        return partial(_checked, (list,), lambda value: kind.from_tuples([tuple(each) for each in value]))
    if issubclass(kind, (pandas.Series, pandas.Index, pandas.Categorical)):
        return partial(_checked, (list,), kind)
    if issubclass(kind, pandas.api.extensions.ExtensionArray):
        return partial(_checked, (list,), pandas.array)
    if issubclass(kind, (pandas.Timestamp, pandas.Timedelta)):
        return partial(_checked, (str,), kind)
    return None


def _checked(kinds: tuple[type, ...], convert: Callable[[Any], Any], value: Any) -> Any:
    if not isinstance(value, kinds):
        names: dict[type, str] = {list: 'a list', dict: 'an object', str: 'text'}
        raise TypeError(f'it is not {" or ".join(names[kind] for kind in kinds)}')
    return convert(value)


def _dtype(numpy: Any, parts: tuple[Any, ...]) -> Any:
    """Return the type of the elements of `NDArray[...]`; `None` if it is not given."""
    types = typing.get_args(parts[1]) if len(parts) == 2 else ()
    is_known = types and inspect.isclass(types[0]) and types[0] not in _abstract(numpy)
    return types[0] if is_known else None


def _abstract(numpy: Any) -> tuple[Any, ...]:
    return (
        numpy.generic,
        numpy.number,
        numpy.integer,
        numpy.signedinteger,
        numpy.unsignedinteger,
        numpy.inexact,
        numpy.floating,
        numpy.complexfloating,
        numpy.flexible,
        numpy.character,
    )


def _to_array(numpy: Any, dtype: Any, value: Any) -> Any:
    if isinstance(value, (str, dict)):
        raise TypeError('it is not a list')
    array = numpy.array(value, dtype=dtype)
    if dtype is None and array.dtype == object and all(_is_number_or_missing(each) for each in array.flat):
        return array.astype(float)  # JSON has null for NaN
    return array


def _is_number_or_missing(element: Any) -> bool:
    return element is None or (isinstance(element, (int, float)) and not isinstance(element, bool))


def _to_scalar(numpy: Any, kind: Any, value: Any) -> Any:
    if isinstance(value, (list, dict)):
        raise TypeError('it is not a single value')
    if issubclass(kind, numpy.timedelta64):
        from pydantic import TypeAdapter

        return kind(TypeAdapter(timedelta).validate_python(value))
    scalar = numpy.asarray(value)[()] if kind in _abstract(numpy) else kind(value)
    if not isinstance(scalar, kind) or (issubclass(kind, numpy.integer) and scalar != float(value)):
        raise TypeError(f'{value!r} is not a {kind.__name__}')
    return scalar
