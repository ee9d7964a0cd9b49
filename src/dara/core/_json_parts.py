"""JSON of results in parts: each takes about a millisecond, so that other threads run between two of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple

import orjson

from dara.core._blocks import Block, divided
from dara.core._encode import ENCODERS, Unstorable, checked_frame, encode, is_frame, rows_between
from dara.core._figures import kind_of_figure
from dara.core._json import encoded_plain, to_json

PART_BYTES: Final = 64 * 1024
FIRST_ELEMENTS: Final = 16
"""The number of elements in the first part, from which the number in the next ones is derived."""
SMALL: Final = 2000
"""The number of elements, members and characters up to which a value is encoded on the event loop."""
_SMALL_TYPES: Final = frozenset({type(None), bool, int, float})
_PLAIN_TYPES: Final = _SMALL_TYPES | {str, list, tuple, dict}


class _Sequence(NamedTuple):
    """A value that becomes a list in JSON, and the function that returns a part of it."""

    length: int
    part: Callable[[int, int], Any]


def json_parts(value: Any) -> Iterator[bytes]:
    """Encode a value. The JSON of a list comes in several arrays, whose elements together are those of the list.

    Raises:
        NotJson: what `to_json` raises for the value.
    """
    value = _without_figure(value)
    sequence = _sequence_of(value)
    if sequence is None:
        yield encoded_plain(value) or orjson.dumps(to_json(value))
    else:
        yield from _parts_of(sequence)


def blocks_of(value: Any) -> tuple[Any, Iterable[Block]]:
    """Return the frame of a value and its blocks, of which each of a long list takes about a millisecond.

    Raises:
        NotJson: what `to_json` raises for the value; also while the blocks are iterated.
    """
    value = _without_figure(value)
    sequence = _sequence_of(value)
    if sequence is None or sequence.length <= SMALL:
        return divided(to_json(value))
    return [], (Block((), part) for part in _parts_of(sequence))


def joined(parts: Iterable[bytes]) -> bytes:
    """Return the parts of one value as one JSON text."""
    parts = list(parts)
    return parts[0] if len(parts) == 1 else b'[%b]' % b','.join(part[1:-1] for part in parts if len(part) > 2)


def encoded_in_parts(value: Any) -> orjson.Fragment:
    """Encode a value in a thread, for a message. Raises what `json_parts` does."""
    return orjson.Fragment(joined(json_parts(value)))


def is_small(value: Any) -> bool:
    """Return whether a value is plain, and so small that it may be encoded on the event loop."""
    left, waiting = SMALL, [value]
    while waiting:
        each = waiting.pop()
        kind = type(each)
        if kind is str:
            left -= len(each)
        elif kind in (list, tuple):
            left -= len(each)
            if left >= 0:
                waiting += each
        elif kind is dict:
            left -= len(each)
            if left >= 0:
                waiting += each.values()
        elif kind not in _SMALL_TYPES:
            return False
        if left < 0:
            return False
    return True


def _parts_of(sequence: _Sequence) -> Iterator[bytes]:
    start, count = 0, FIRST_ELEMENTS
    while start < sequence.length or not start:
        part = sequence.part(start, start + count)
        encoded = encoded_plain(part) or orjson.dumps(to_json(part, start=start))
        yield encoded
        start += count
        most = max(1, min(10 * count, count * PART_BYTES // len(encoded)))
        count = 1 << (most.bit_length() - 1)  # so that similar lists have equal parts where they are equal


def _without_figure(value: Any) -> Any:
    """Return a figure as JSON, and any other value as it is."""
    return value if kind_of_figure(value) is None else encode(value)


def _sequence_of(value: Any) -> _Sequence | None:
    try:
        if is_frame(value) and not ENCODERS:
            frame = checked_frame(value)
            return _Sequence(len(frame), rows_between(frame))
        elements = value if type(value) in _PLAIN_TYPES else encode(value)
    except Unstorable:
        return None  # to_json names the reason
    if type(elements) in (list, tuple):
        return _Sequence(len(elements), lambda start, stop: elements[start:stop])
    return None
