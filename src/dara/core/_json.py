"""What counts as a value: JSON, copied, checked and bounded.

Everything that is stored has passed `to_json`, so it can be written by any backend, sent to any
browser, and read back as it was.
"""

from __future__ import annotations

import gc
import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from enum import Enum
from itertools import chain, islice
from typing import Any, Final, TypeAlias

import orjson

from dara.core.errors import NotJson

Json: TypeAlias = 'bool | int | float | str | list[Json] | dict[str, Json] | None'
Path: TypeAlias = 'tuple[str | int, ...]'

MAX_DEPTH: Final = 64
MAX_INTEGER: Final = 2**53
FORBIDDEN_MEMBERS: Final = frozenset({'__proto__', 'constructor', 'prototype'})

CHUNK: Final = 1000
"""So many elements or members are copied at once, where all of them cannot be."""
ATTEMPTS: Final = 4
"""On so many levels it is tried to copy all at once: each attempt that fails has read all that is below."""
MUCH_JSON: Final = 64 * 1024
"""From so many bytes on no garbage is collected while JSON is read: it would be looked for among what was just made."""
_PLAIN: Final = (
    orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_SUBCLASS
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
)
_REFUSED: Final = re.compile(
    rb'(?<!\\)(?:\\\\)*(?:\\u0000|"(?:' + '|'.join(sorted(FORBIDDEN_MEMBERS)).encode() + rb')":)'
)
_SQUARE: Final = bytes.maketrans(b'{}', b'[]')
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b'[]{}'))
_HINTS: Final = (b'u0000', *(name.encode() for name in sorted(FORBIDDEN_MEMBERS)))


def to_json(value: Any, path: Path = ()) -> Json:
    """Return `value`, which stands at `path` of a document, as JSON that shares nothing with it.

    Pydantic models, dataclasses, enums, sets, dates, numpy and pandas objects are encoded. `NaT` and `NA`, and whatever
    is missing in an array, a Series, an Index or a DataFrame, become None; a number that is NaN or infinite is refused.

    Raises:
        NotJson: something inside cannot be stored; names its place as a JSON pointer.
    """
    if len(path) > MAX_DEPTH:
        raise _too_deep(path)
    place: Path = ()
    try:
        for depth, step in enumerate(path):
            place = path[:depth]
            if isinstance(step, str):
                _member_name(step)
        place = path
        if is_scalar(value):
            return _copy(value, len(path))
        with _without_collections():
            return _copy(value, len(path), ATTEMPTS)
    except _Fault as fault:
        raise fault.at(place) from fault.__cause__


def is_scalar(value: Any) -> bool:
    """Return whether `value` is a plain string, number, boolean or None."""
    return type(value) in _SCALARS


def fresh(value: Json) -> Json:
    """Return a copy of a JSON value that may be changed without changing the original."""
    if not isinstance(value, (dict, list)):
        return value
    try:
        return _read_back(value)
    except TypeError:  # an integer that no record holds, but the file of another program may
        if isinstance(value, dict):
            return {name: fresh(member) for name, member in value.items()}
        return [fresh(element) for element in value]


def _read_back(value: Json) -> Json:
    copy: Json = loads(orjson.dumps(value))
    return copy


def loads(encoded: bytes | str) -> Any:
    """Read JSON; much of it without looking for garbage meanwhile.

    Raises:
        JSONDecodeError: it is not JSON.
    """
    if len(encoded) < MUCH_JSON:
        return orjson.loads(encoded)
    with _without_collections():
        return orjson.loads(encoded)


@contextmanager
def _without_collections() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


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
    if a != b:  # compared without Python's loops: true and 1 count as the same there, and nothing else that is not
        return False
    if isinstance(a, (dict, list)):
        return _has_same_booleans(a, b)
    return isinstance(a, bool) == isinstance(b, bool)


def _has_same_booleans(a: Any, b: Any) -> bool:
    """Return whether two containers that are equal in Python have their booleans at the same positions."""
    try:
        if _without_numbers(a) == _without_numbers(b):
            return True
        return _without_numbers(a, orjson.OPT_SORT_KEYS) == _without_numbers(b, orjson.OPT_SORT_KEYS)
    except TypeError:  # an integer that no record holds, but the file of another program may
        return _has_same_booleans_by_part(a, b)


def _without_numbers(value: Any, option: int = 0) -> bytes:
    """Encode `value` without the characters of numbers. Strings lose some too, the same ones in equal values."""
    return orjson.dumps(value, option=option).translate(None, delete=b'0123456789.+-eE')


def _has_same_booleans_by_part(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return all(_has_same_booleans_by_part(member, b[name]) for name, member in a.items())
    if isinstance(a, list):
        return all(map(_has_same_booleans_by_part, a, b))
    return isinstance(a, bool) == isinstance(b, bool)


class _Fault(Exception):
    """Something cannot be stored. Each container that it is raised through adds the step that leads there."""

    def __init__(self, why: str, *steps: str | int) -> None:
        super().__init__(why)
        self.why = why
        self.steps = list(steps)
        self.is_deep = False

    def at(self, path: Path) -> NotJson:
        place = (*path, *reversed(self.steps))
        return _not_json(place[:4] if self.is_deep else place, self.why)


def _copy(value: Any, depth: int, attempts: int = 0) -> Json:
    copy = _COPIES.get(type(value))
    return copy(value, depth, attempts) if copy else _copy_encoded(value, depth, attempts)


def _copy_str(value: str, _: int, __: int) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _Fault('holds half a character (a lone surrogate)') from None
    if '\0' in value:
        raise _Fault('holds a null character')
    return value


def _copy_int(value: int, _: int, __: int) -> int:
    if abs(value) > MAX_INTEGER:
        shown = value if value.bit_length() <= 128 else f'an integer of {value.bit_length()} bits'
        raise _Fault(f'is {shown}, and integers beyond 2^53 lose digits in a browser; store it as text')
    return value


def _copy_float(value: float, _: int, __: int) -> float:
    if not math.isfinite(value):
        raise _Fault(f'is {value}, which JSON does not have; store None instead')
    return value


def _copy_dict(value: Mapping[Any, Any], depth: int, attempts: int) -> dict[str, Json]:
    _check_depth(depth)
    whole = _copied_whole(value, depth) if attempts else None
    if isinstance(whole, dict):
        return whole
    members: dict[str, Json] = {}
    if not attempts or len(value) <= CHUNK:
        _copy_members(value, depth, max(0, attempts - 1), members)
        return members
    items = iter(value.items())
    while part := dict(islice(items, CHUNK)):
        whole = _copied_whole(part, depth)
        if isinstance(whole, dict) and members.keys().isdisjoint(whole):
            members.update(whole)
        else:
            _copy_members(part, depth, attempts - 1, members)
    return members


def _copy_members(part: Mapping[Any, Any], depth: int, attempts: int, members: dict[str, Json]) -> None:
    for key, member in part.items():
        name = _member_name(key)
        if name in members:
            raise _Fault(f'has two members named {name!r}')
        try:
            members[name] = _copy(member, depth + 1, attempts)
        except _Fault as fault:
            fault.steps.append(name)
            raise


def _member_name(key: Any) -> str:
    if isinstance(key, int) and not isinstance(key, bool):
        return str(int(key))
    if not isinstance(key, str):
        raise _Fault(f'has a member named by a {type(key).__name__} ({key!r}); use a string')
    name = _copy_str(str.__str__(key), 0, 0)
    if name in FORBIDDEN_MEMBERS:
        raise _Fault(f'has a member named {name!r}, which a browser cannot hold safely')
    return name


def _copy_list(value: Any, depth: int, attempts: int) -> list[Json]:
    _check_depth(depth)
    whole = _copied_whole(value, depth) if attempts else None
    if isinstance(whole, list):
        return whole
    elements: list[Json] = []
    if not attempts or len(value) <= CHUNK:
        _copy_elements(value, depth, max(0, attempts - 1), elements)
        return elements
    for start in range(0, len(value), CHUNK):
        part = value[start : start + CHUNK]
        whole = _copied_whole(part, depth)
        if isinstance(whole, list):
            elements += whole
        else:
            _copy_elements(part, depth, attempts - 1, elements)
    return elements


def _copy_elements(part: Any, depth: int, attempts: int, elements: list[Json]) -> None:
    try:
        for element in part:
            elements.append(_copy(element, depth + 1, attempts))
    except _Fault as fault:
        fault.steps.append(len(elements))
        raise


def _copied_whole(value: Any, depth: int) -> Any:
    """Return a copy of what is JSON already, made without Python's loops; `None` if it may not be that."""
    try:
        encoded = orjson.dumps(value, option=_PLAIN)
    except TypeError:
        return None
    if any(hint in encoded for hint in _HINTS) and _REFUSED.search(encoded):
        return None
    copy = loads(encoded)
    plain = [*value] if type(value) is tuple else value
    return copy if copy == plain and not _is_deeper(copy, encoded, MAX_DEPTH - depth) else None


def _is_deeper(value: Any, encoded: bytes, levels: int) -> bool:
    """Whether containers stand in each other more than `levels` deep."""
    brackets = encoded.translate(_SQUARE, _NO_BRACKETS)
    for left in range(levels, 0, -1):
        if len(brackets) <= 2 * left:
            return False  # too few, whether they are in texts or not
        brackets = brackets.replace(b'[]', b'')
    return bool(brackets) and _is_deeper_inside(value, levels)  # or there are brackets in texts


def _is_deeper_inside(value: Any, levels: int) -> bool:
    level = [value]
    for _ in range(levels):
        values = (each.values() if type(each) is dict else each for each in level)
        level = [each for each in chain.from_iterable(values) if type(each) is list or type(each) is dict]
        if not level:
            return False
    return True


def _check_depth(depth: int) -> None:
    if depth >= MAX_DEPTH:
        fault = _Fault(f'is nested deeper than {MAX_DEPTH} levels')
        fault.is_deep = True
        raise fault


def _too_deep(path: Path) -> NotJson:
    return _not_json(path[:4], f'is nested deeper than {MAX_DEPTH} levels')


def _copy_as_is(value: Any, _: int, __: int) -> Json:
    return value  # type: ignore[no-any-return]  # None and bool


_COPIES: Final[dict[type, Callable[[Any, int, int], Json]]] = {
    type(None): _copy_as_is,
    bool: _copy_as_is,
    str: _copy_str,
    int: _copy_int,
    float: _copy_float,
    dict: _copy_dict,
    list: _copy_list,
    tuple: _copy_list,
}


_SCALARS: Final = frozenset({type(None), bool, str, int, float})


def _copy_encoded(value: Any, depth: int, attempts: int) -> Json:
    encoded = _encode(value)
    if encoded is value:
        raise _Fault(f'is a {type(value).__name__}, which is not JSON; convert it to dicts, lists, text or numbers')
    return _copy(encoded, depth, attempts)


def _encode(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if type(value).__name__ in _MISSING:
        return None
    for plain in (str, int, float):  # numpy's float64 is one
        if isinstance(value, plain):
            return plain(value)
    if isinstance(value, (Decimal, complex)):
        return _number(value)
    if hasattr(value, 'to_dict') and hasattr(value, 'columns'):  # pandas.DataFrame
        return _records(value)
    if hasattr(value, 'tolist'):  # numpy arrays and scalars, pandas.Series
        return _elements(value)
    if hasattr(value, 'isoformat'):
        return value.isoformat()
    if type(value).__name__ in _WRITTEN and type(value).__module__.startswith('pandas'):
        return str(value)
    return _encode_with_pydantic(value)


# The types of pandas.NaT and pandas.NA: each is a value of its own, and neither number nor text.
_MISSING: Final = frozenset({'NaTType', 'NAType'})
# What pandas groups rows by, and people read as text.
_WRITTEN: Final = frozenset({'Period', 'Interval'})
_MOMENTS: Final = 'M'
_DURATIONS: Final = 'm'


def _number(value: Decimal | complex) -> str:
    if isinstance(value, complex):
        raise _Fault(f'is the complex number {value}, which JSON does not have; store its two parts')
    if not value.is_finite():
        raise _Fault(f'is {value}, which JSON does not have; store None instead')
    return str(value)


def _records(frame: Any) -> Any:
    """The rows of a DataFrame: an index that has a name with them, and null for what is missing."""
    named = frame.reset_index() if any(name is not None for name in frame.index.names) else frame
    columns = list(named.columns)
    twice = next((name for index, name in enumerate(columns) if name in columns[:index]), None)
    if twice is not None:
        raise _Fault(f'is a DataFrame with two columns named {twice!r}; rename one')
    return named.astype(object).where(named.notna(), None).to_dict(orient='records')


def _elements(value: Any) -> Any:
    """What an array or a Series consists of, with null for what is missing; a scalar of numpy as Python has it."""
    kind = getattr(getattr(value, 'dtype', None), 'kind', '')
    if getattr(value, 'ndim', 1) > 0:
        if kind in (_MOMENTS, _DURATIONS) and not hasattr(value, 'array'):  # numpy's own; pandas has Timestamps
            return list(value)
        return _present(value.tolist())
    if kind == _MOMENTS:
        return _moment(value)
    if kind == _DURATIONS:
        return _duration(value)
    plain = value.tolist()
    return float(value) if type(plain) is type(value) and kind == 'f' else plain  # longdouble has nothing plainer


def _present(element: Any) -> Any:
    if isinstance(element, (list, tuple)):
        return [_present(each) for each in element]
    if isinstance(element, Decimal):
        return None if element.is_nan() else element
    is_number = isinstance(element, float) or getattr(getattr(element, 'dtype', None), 'kind', '') == 'f'
    return None if is_number and math.isnan(element) else element


def _moment(value: Any) -> Any:
    plain = value.tolist()
    if not isinstance(plain, int):  # a date, a datetime, None
        return plain
    # Python has no nanoseconds; those that are none are left out, as everywhere.
    whole, _, fraction = str(value).partition('.')
    fraction = fraction.rstrip('0')
    return f'{whole}.{fraction}' if fraction else whole


def _duration(value: Any) -> Any:
    plain = value.tolist()
    if not isinstance(plain, int):  # a timedelta, None
        return plain
    exact = value.astype('timedelta64[us]') if _is_of_seconds(value) else None
    if exact is None or exact != value:
        raise _Fault(f'is a duration of {value}, which has no form in JSON; store a number')
    return exact.tolist()


def _is_of_seconds(value: Any) -> bool:
    """Whether a duration has a length in seconds, as months and years have not."""
    return str(value.dtype) not in ('timedelta64[Y]', 'timedelta64[M]', 'timedelta64')


def _encode_with_pydantic(value: Any) -> Any:
    from pydantic_core import PydanticSerializationError, to_jsonable_python

    try:
        return to_jsonable_python(value)
    except (PydanticSerializationError, ValueError) as error:
        raise _Fault(f'is a {type(value).__name__}, which is not JSON ({error})') from error


def _not_json(path: Path, why: str) -> NotJson:
    return NotJson(f'The value at {pointer(path)} {why}.' if path else f'The value {why}.')
