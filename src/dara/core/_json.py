"""Values: JSON, checked, copied and bounded.

Every stored value has passed `to_json`. It can be written by any backend, sent to any browser, and read back unchanged.
"""

from __future__ import annotations

import gc
import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any, Final, TypeAlias

import orjson

from dara.core._encode import ENCODERS, Unstorable, encode
from dara.core.errors import NotJson

Json: TypeAlias = 'bool | int | float | str | list[Json] | dict[str, Json] | None'
Path: TypeAlias = 'tuple[str | int, ...]'

MAX_DEPTH: Final = 64
MAX_INTEGER: Final = 2**53
FORBIDDEN_MEMBERS: Final = frozenset({'__proto__', 'constructor', 'prototype'})

CHUNK: Final = 1000
"""The number of elements or members that are copied at once, if all of them cannot be."""
MANY: Final = 10_000
"""The number of elements of a list above which it is copied in chunks, so that other threads run between them."""
ATTEMPTS: Final = 4
"""The number of levels at which copying at once is tried. A failed attempt has read all levels below."""
MUCH_JSON: Final = 64 * 1024
"""The size in bytes above which JSON is parsed with the garbage collector off; it would search the new objects."""
_PLAIN: Final = (
    orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_SUBCLASS
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
)
_FORBIDDEN: Final = re.compile(
    rb'(?<!\\)(?:\\\\)*(?:\\u0000|"(?:' + '|'.join(sorted(FORBIDDEN_MEMBERS)).encode() + rb')":)'
)
_SQUARE: Final = bytes.maketrans(b'{}', b'[]')
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b'[]{}'))
_HINTS: Final = (b'u0000', *(name.encode() for name in sorted(FORBIDDEN_MEMBERS)))


def to_json(value: Any, path: Path = (), *, start: int = 0) -> Json:
    """Return `value`, found at `path` of a document, as JSON that shares no object with it.

    Pydantic models, dataclasses, enums, sets, dates, numpy and pandas objects are encoded. `NaT`, `NA` and missing
    elements of an array, a Series, an Index or a DataFrame become None. Other numbers that are NaN or infinite are
    rejected.

    Args:
        start: the index of the first element, if `value` is a part of a list.

    Raises:
        NotJson: a part of the value cannot be stored; the message names it by a JSON pointer.
    """
    if len(path) > MAX_DEPTH:
        raise _too_deep(path)
    at: Path = ()
    try:
        for depth, step in enumerate(path):
            at = path[:depth]
            if isinstance(step, str):
                _member_name(step)
        at = path
        if is_scalar(value):
            return _copy(value, len(path))
        with _without_collections():
            return _copy(value, len(path), ATTEMPTS)
    except Unstorable as fault:
        inside = (*at, *reversed(_from(start, fault.steps)))
        raise _not_json(inside[:4] if fault.is_deep else inside, fault.reason) from fault.__cause__


def encoded_plain(value: Any) -> bytes | None:
    """Encode a value that is plain JSON; `None` if it may not be, and `to_json` has to convert or reject it."""
    try:
        encoded = orjson.dumps(value, option=_PLAIN)
    except TypeError:
        return None
    if (_holds_hint(encoded) and _FORBIDDEN.search(encoded)) or _may_be_deeper(encoded, MAX_DEPTH):
        return None
    # Beside null, orjson encodes NaN as null; enums and UUIDs are encoded alike, unless the app encodes them.
    is_checked = b'null' not in encoded and not ENCODERS
    return encoded if is_checked or loads(encoded) == value else None


def is_scalar(value: Any) -> bool:
    """Return whether `value` is a plain string, number, boolean or None."""
    return type(value) in _SCALARS


def fresh(value: Json) -> Json:
    """Return an independent copy of a JSON value."""
    if not isinstance(value, (dict, list)):
        return value
    try:
        if isinstance(value, list) and len(value) > MANY:
            return [each for at in range(0, len(value), CHUNK) for each in _read_back(value[at : at + CHUNK])]
        copy: Json = _read_back(value)
        return copy
    except TypeError:  # an integer beyond 64 bits, from a file of another program
        if isinstance(value, dict):
            return {name: fresh(member) for name, member in value.items()}
        return [fresh(element) for element in value]


def _read_back(value: Json) -> Any:
    return loads(orjson.dumps(value))


def loads(encoded: bytes | str) -> Any:
    """Parse JSON, with the garbage collector off if it is large.

    Raises:
        JSONDecodeError: the input is not JSON.
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


def member_name(key: object) -> str:
    """Return the name of an object's member for a value: a string itself, the JSON text of other values."""
    value = to_json(key)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # as the browser writes it
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def shortened(text: str, characters: int) -> str:
    """Return `text`, without its middle if it has more characters than that."""
    half = (characters - 1) // 2
    return text if len(text) <= characters else f'{text[:half]}…{text[-half:]}'


def json_equal(a: Any, b: Any) -> bool:
    """Return whether two values are equal as JSON: 1 and 1.0 are, true and 1 are not."""
    if a is b:
        return True
    if a != b:  # compared in C, where only booleans are taken for numbers
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
    except TypeError:  # an integer beyond 64 bits, from a file of another program
        return _has_same_booleans_by_part(a, b)


def _without_numbers(value: Any, option: int = 0) -> bytes:
    """Encode `value` without the characters of numbers. Equal strings lose the same characters."""
    return orjson.dumps(value, option=option).translate(None, delete=b'0123456789.+-eE')


def _has_same_booleans_by_part(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return all(_has_same_booleans_by_part(member, b[name]) for name, member in a.items())
    if isinstance(a, list):
        return all(map(_has_same_booleans_by_part, a, b))
    return isinstance(a, bool) == isinstance(b, bool)


def _copy(value: Any, depth: int, attempts: int = 0) -> Json:
    copy = _COPIES.get(type(value))
    return copy(value, depth, attempts) if copy else _copy_encoded(value, depth, attempts)


def _copy_str(value: str, _: int, __: int) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Unstorable('holds half a character (a lone surrogate)') from None
    if '\0' in value:
        raise Unstorable('holds a null character')
    return value


def _copy_int(value: int, _: int, __: int) -> int:
    if abs(value) > MAX_INTEGER:
        shown = value if value.bit_length() <= 128 else f'an integer of {value.bit_length()} bits'
        raise Unstorable(f'is {shown}, and integers beyond 2^53 lose digits in a browser; store it as text')
    return value


def _copy_float(value: float, _: int, __: int) -> float:
    if not math.isfinite(value):
        raise Unstorable(f'is {value}, which JSON does not have; store None instead')
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
            raise Unstorable(f'has two members named {name!r}')
        try:
            members[name] = _copy(member, depth + 1, attempts)
        except Unstorable as fault:
            fault.steps.append(name)
            raise


def _member_name(key: Any) -> str:
    if isinstance(key, int) and not isinstance(key, bool):
        return str(int(key))
    if not isinstance(key, str):
        raise Unstorable(f'has a member named by a {type(key).__name__} ({key!r}); use a string')
    name = _copy_str(str.__str__(key), 0, 0)
    if name in FORBIDDEN_MEMBERS:
        raise Unstorable(f'has a member named {name!r}, which a browser cannot hold safely')
    return name


def _copy_list(value: Any, depth: int, attempts: int) -> list[Json]:
    _check_depth(depth)
    whole = _copied_whole(value, depth) if attempts and len(value) <= MANY else None
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
    except Unstorable as fault:
        fault.steps.append(len(elements))
        raise


def _copied_whole(value: Any, depth: int) -> Any:
    """Return a copy made by encoding and parsing, without loops in Python; None if the value may not be plain JSON."""
    try:
        encoded = orjson.dumps(value, option=_PLAIN)
    except TypeError:
        return None
    if _holds_hint(encoded) and _FORBIDDEN.search(encoded):
        return None
    copy = loads(encoded)
    plain = [*value] if type(value) is tuple else value
    return copy if copy == plain and not _is_deeper(copy, encoded, MAX_DEPTH - depth) else None


def _holds_hint(encoded: bytes) -> bool:
    return any(hint in encoded for hint in _HINTS)


def _is_deeper(value: Any, encoded: bytes, levels: int) -> bool:
    """Return whether containers are nested more than `levels` deep."""
    return _may_be_deeper(encoded, levels) and _is_deeper_inside(value, levels)


def _may_be_deeper(encoded: bytes, levels: int) -> bool:
    """Return whether brackets are nested more than `levels` deep; they may be parts of strings."""
    brackets = encoded.translate(_SQUARE, _NO_BRACKETS)
    for left in range(levels, 0, -1):
        if len(brackets) <= 2 * left:
            return False  # too few, even if all of them are brackets and none is part of a string
        brackets = brackets.replace(b'[]', b'')
    return bool(brackets)


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
        fault = Unstorable(f'is nested deeper than {MAX_DEPTH} levels')
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
    encoded = encode(value)
    if encoded is value:
        raise Unstorable(f'is a {type(value).__name__}, which is not JSON; convert it to dicts, lists, text or numbers')
    return _copy(encoded, depth, attempts)


def _from(start: int, steps: list[str | int]) -> list[str | int]:
    """Return the steps into a list, innermost first, given those into the part of it that begins at `start`."""
    return [*steps[:-1], steps[-1] + start] if start and steps and isinstance(steps[-1], int) else steps


def _not_json(path: Path, why: str) -> NotJson:
    return NotJson(f'The value at {pointer(path)} {why}.' if path else f'The value {why}.')
