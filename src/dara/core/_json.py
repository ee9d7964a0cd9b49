"""What counts as a value: JSON, copied, checked and bounded.

Everything that is stored has passed `to_json`, so it can be written by any backend, sent to any
browser, and read back as it was.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final, TypeAlias

from dara.core.errors import NotJson

Json: TypeAlias = 'bool | int | float | str | list[Json] | dict[str, Json] | None'
Path: TypeAlias = 'tuple[str | int, ...]'

MAX_DEPTH: Final = 64
MAX_INTEGER: Final = 2**53
FORBIDDEN_MEMBERS: Final = frozenset({'__proto__', 'constructor', 'prototype'})


def to_json(value: Any, path: Path = ()) -> Json:
    """Return `value`, which stands at `path` of a document, as JSON that shares nothing with it.

    Pydantic models, dataclasses, enums, sets, dates, numpy and pandas objects are encoded.

    Raises:
        NotJson: something inside cannot be stored; names its place as a JSON pointer.
    """
    if len(path) > MAX_DEPTH:
        raise _too_deep(path)
    for depth, step in enumerate(path):
        if isinstance(step, str):
            _member_name(step, path[:depth])
    return _copy(value, path)


def fresh(value: Json) -> Json:
    """Return a copy of a JSON value that may be changed without changing the original."""
    if isinstance(value, dict):
        return {name: fresh(member) for name, member in value.items()}
    if isinstance(value, list):
        return [fresh(element) for element in value]
    return value


def pointer(path: Path) -> str:
    """Return `path` as a JSON pointer (RFC 6901); the root is the empty string."""
    return ''.join('/' + str(step).replace('~', '~0').replace('/', '~1') for step in path)


def shortened(text: str, characters: int) -> str:
    """Return `text`, without its middle if it is longer than that."""
    half = (characters - 1) // 2
    return text if len(text) <= characters else f'{text[:half]}…{text[-half:]}'


def json_equal(a: Any, b: Any) -> bool:
    """Whether two JSON values are equal as JSON: 1 and 1.0 are, true and 1 are not."""
    if a is b:
        return True
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(json_equal(member, b[name]) for name, member in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(json_equal, a, b))
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)


def _copy(value: Any, path: Path) -> Json:
    copy = _COPIES.get(type(value))
    return copy(value, path) if copy else _copy_encoded(value, path)


def _copy_str(value: str, path: Path) -> str:
    if not value.isascii() and any('\ud800' <= char <= '\udfff' for char in value):
        raise _not_json(path, 'holds half a character (a lone surrogate)')
    if '\0' in value:
        raise _not_json(path, 'holds a null character')
    return value


def _copy_int(value: int, path: Path) -> int:
    if abs(value) > MAX_INTEGER:
        shown = value if value.bit_length() <= 128 else f'an integer of {value.bit_length()} bits'
        raise _not_json(path, f'is {shown}, and integers beyond 2^53 lose digits in a browser; store it as text')
    return value


def _copy_float(value: float, path: Path) -> float:
    if not math.isfinite(value):
        raise _not_json(path, f'is {value}, which JSON does not have; store None instead')
    return value


def _copy_dict(value: Mapping[Any, Any], path: Path) -> dict[str, Json]:
    _check_depth(path)
    members: dict[str, Json] = {}
    for key, member in value.items():
        name = _member_name(key, path)
        if name in members:
            raise _not_json(path, f'has two members named {name!r}')
        members[name] = _copy(member, (*path, name))
    return members


def _member_name(key: Any, path: Path) -> str:
    if isinstance(key, int) and not isinstance(key, bool):
        return str(int(key))
    if not isinstance(key, str):
        raise _not_json(path, f'has a member named by a {type(key).__name__} ({key!r}); use a string')
    name = _copy_str(str.__str__(key), path)
    if name in FORBIDDEN_MEMBERS:
        raise _not_json(path, f'has a member named {name!r}, which a browser cannot hold safely')
    return name


def _copy_list(value: Any, path: Path) -> list[Json]:
    _check_depth(path)
    return [_copy(element, (*path, index)) for index, element in enumerate(value)]


def _check_depth(path: Path) -> None:
    if len(path) >= MAX_DEPTH:
        raise _too_deep(path)


def _too_deep(path: Path) -> NotJson:
    return _not_json(path[:4], f'is nested deeper than {MAX_DEPTH} levels')


def _copy_as_is(value: Any, _: Path) -> Json:
    return value  # type: ignore[no-any-return]  # None and bool


_COPIES: Final[dict[type, Callable[[Any, Path], Json]]] = {
    type(None): _copy_as_is,
    bool: _copy_as_is,
    str: _copy_str,
    int: _copy_int,
    float: _copy_float,
    dict: _copy_dict,
    list: _copy_list,
    tuple: _copy_list,
}


def _copy_encoded(value: Any, path: Path) -> Json:
    encoded = _encode(value, path)
    if encoded is value:
        raise _not_json(
            path, f'is a {type(value).__name__}, which is not JSON; convert it to dicts, lists, text or numbers'
        )
    return _copy(encoded, path)


def _encode(value: Any, path: Path) -> Any:
    if isinstance(value, Enum):
        return value.value
    for plain in (str, int, float):  # numpy's float64 is one
        if isinstance(value, plain):
            return plain(value)
    if hasattr(value, 'to_dict') and hasattr(value, 'columns'):  # pandas.DataFrame
        return _records(value)
    for method in ('tolist', 'isoformat'):  # numpy arrays and scalars, pandas.Series; dates
        if hasattr(value, method):
            return getattr(value, method)()
    return _encode_with_pydantic(value, path)


def _records(frame: Any) -> Any:
    """The rows of a DataFrame: an index that has a name with them, and null for what is missing."""
    named = frame.reset_index() if any(name is not None for name in frame.index.names) else frame
    return named.astype(object).where(named.notna(), None).to_dict(orient='records')


def _encode_with_pydantic(value: Any, path: Path) -> Any:
    from pydantic_core import PydanticSerializationError, to_jsonable_python

    try:
        return to_jsonable_python(value)
    except (PydanticSerializationError, ValueError) as error:
        raise _not_json(path, f'is a {type(value).__name__}, which is not JSON ({error})') from error


def _not_json(path: Path, why: str) -> NotJson:
    return NotJson(f'The value at {pointer(path)} {why}.' if path else f'The value {why}.')
