"""Pure functions on edits: apply, diff, rebase, compose. No I/O, no await.

The twin of `client/src/edits.ts`; both pass the golden cases in `tests/golden`. Values are never
changed in place: what an op does not touch is shared between the old value and the new.

An op on an array element shifts those behind it, an op on an object member sets it. A rebase keeps
to that: members are last-writer-wins by path, indexes shift, and what has lost its place is dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final, TypeAlias, assert_never

from dara.core._json import MAX_INTEGER, Json, Path, json_equal, pointer, to_json
from dara.core.errors import InvalidEdit


class Absent(Enum):
    """The type of `ABSENT`, which no value equals."""

    ABSENT = 'absent'


ABSENT: Final = Absent.ABSENT
LONGEST_SEARCH: Final = 10_000
Value: TypeAlias = 'Json | Absent'


@dataclass(frozen=True, slots=True)
class Replace:
    """Set a member, an element, or the whole value."""

    path: Path
    value: Json


@dataclass(frozen=True, slots=True)
class Add:
    """Set a member, or insert an element."""

    path: Path
    value: Json


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove a member, an element, or the whole value, which is then absent."""

    path: Path


Op: TypeAlias = Replace | Add | Remove
Ops: TypeAlias = tuple[Op, ...]


def parse_ops(wire: Any) -> Ops:
    """Read ops as they stand on the wire.

    Raises:
        InvalidEdit: not a list of ops with a path each.
        NotJson: a value inside cannot be stored.
    """
    if not isinstance(wire, list):
        raise InvalidEdit(f'ops must be a list, not {type(wire).__name__}')
    return tuple(map(_parse_op, wire))


def dump_ops(ops: Ops) -> list[dict[str, Json]]:
    """Return ops as they stand on the wire."""
    return [_dump_op(op) for op in ops]


def apply(value: Value, ops: Iterable[Op], default: Json = None) -> Value:
    """Return `value` with `ops` applied in order; ops below the root of an absent value apply to `default`.

    Raises:
        InvalidEdit: an op has no place in the value.
    """
    for op in ops:
        if op.path:
            value = _change(default if value is ABSENT else value, op, 0)
        else:
            value = ABSENT if isinstance(op, Remove) else op.value
    return value


def at(value: Json, path: Path) -> Value:
    """Return the value at `path`, or `ABSENT` where there is none."""
    for step in path:
        match value, step:
            case dict() as members, str() as name if name in members:
                value = members[name]
            case list() as elements, int() as index if index < len(elements):
                value = elements[index]
            case _:
                return ABSENT
    return value


def placed(value: Json, path: Path, part: Json) -> Json:
    """Return `value` with `part` at `path`. Objects that are missing on the way are made; an array grows at its end.

    Raises:
        InvalidEdit: the path leads past the end of an array.
    """
    if not path:
        return part
    step, *rest = path
    if isinstance(step, str):
        members = value if isinstance(value, dict) else {}
        return {**members, step: placed(members.get(step), tuple(rest), part)}
    elements = value if isinstance(value, list) else []
    if step > len(elements):
        raise InvalidEdit(f'There is no element {step} in a list of {len(elements)}.')
    inner = elements[step] if step < len(elements) else None
    return [*elements[:step], placed(inner, tuple(rest), part), *elements[step + 1 :]]


def diff(before: Value, after: Value) -> Ops:
    """Return ops that turn `before` into `after`; none if they are equal as JSON."""
    if after is ABSENT:
        return () if before is ABSENT else (Remove(()),)
    if before is ABSENT:
        return (Replace((), after),)
    return tuple(_difference(before, after, ()))


def rebase(ops: Ops, over: Ops, *, earlier: bool = False) -> Ops:
    """Return what is left of `ops` once `over` has happened, both made on one value.

    The later writer wins a place that both set: `ops` do, unless `earlier` says that they came first.
    """
    rebased: list[Op] = []
    for op in ops:
        moved: Op | None = op
        remaining: list[Op] = []
        for other in over:
            before = moved
            if moved:
                moved = _rebase_one(moved, other, earlier)
            kept = _rebase_one(other, before, not earlier) if before else other
            if kept:
                remaining.append(kept)
        if moved:
            rebased.append(moved)
        over = tuple(remaining)
    return tuple(rebased)


def compose(first: Ops, then: Ops) -> Ops:
    """Return one list of ops for both; a later write to a place that `first` wrote takes its stead."""
    ops = list(first)
    for op in then:
        _append(ops, op)
    return tuple(ops)


def _parse_op(wire: Any) -> Op:
    if not isinstance(wire, dict) or not _is_path(wire.get('path')):
        raise InvalidEdit('an op must be an object with a "path" of strings and indexes')
    kind, path = wire.get('op'), tuple(wire['path'])
    if kind == 'remove':
        return Remove(path)
    if kind not in ('replace', 'add') or 'value' not in wire:
        raise InvalidEdit(f'{kind} {pointer(path)}: an op is replace or add with a "value", or remove')
    value = to_json(wire['value'], path)
    return Replace(path, value) if kind == 'replace' else Add(path, value)


def _is_path(path: Any) -> bool:
    return isinstance(path, list) and all(map(_is_step, path))


def _is_step(step: Any) -> bool:
    return type(step) is str or (type(step) is int and 0 <= step <= MAX_INTEGER)


def _dump_op(op: Op) -> dict[str, Json]:
    path: list[Json] = [*op.path]
    match op:
        case Replace():
            return {'op': 'replace', 'path': path, 'value': op.value}
        case Add():
            return {'op': 'add', 'path': path, 'value': op.value}
        case Remove():
            return {'op': 'remove', 'path': path}
        case _:
            assert_never(op)


def _change(container: Json, op: Op, depth: int) -> Json:
    step = op.path[depth]
    is_last = depth == len(op.path) - 1
    if isinstance(step, str) and isinstance(container, dict):
        return _change_member(container, step, op, depth, is_last)
    if isinstance(step, int) and isinstance(container, list):
        return _change_element(container, step, op, depth, is_last)
    raise _no_place(op, depth)


def _change_member(members: dict[str, Json], name: str, op: Op, depth: int, is_last: bool) -> Json:
    if is_last and not isinstance(op, Remove):
        return {**members, name: op.value}
    if name not in members:
        raise _no_place(op, depth)
    if not is_last:
        return {**members, name: _change(members[name], op, depth + 1)}
    changed = dict(members)
    del changed[name]
    return changed


def _change_element(elements: list[Json], index: int, op: Op, depth: int, is_last: bool) -> Json:
    end = len(elements) + (is_last and isinstance(op, Add))
    if not 0 <= index < end:
        raise _no_place(op, depth)
    changed = list(elements)
    if not is_last:
        changed[index] = _change(elements[index], op, depth + 1)
    elif isinstance(op, Replace):
        changed[index] = op.value
    elif isinstance(op, Add):
        changed.insert(index, op.value)
    else:
        del changed[index]
    return changed


def _no_place(op: Op, depth: int) -> InvalidEdit:
    kind = type(op).__name__.lower()
    return InvalidEdit(f'{kind} {pointer(op.path)}: there is nothing at {pointer(op.path[: depth + 1])}')


def _difference(before: Json, after: Json, path: Path) -> Iterator[Op]:
    if before is after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _member_difference(before, after, path)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _element_difference(before, after, path)
    elif not json_equal(before, after):
        yield Replace(path, after)


def _member_difference(before: dict[str, Json], after: dict[str, Json], path: Path) -> Iterator[Op]:
    for name, member in before.items():
        if name in after:
            yield from _difference(member, after[name], (*path, name))
        else:
            yield Remove((*path, name))
    for name, member in after.items():
        if name not in before:
            yield Add((*path, name), member)


def _element_difference(before: list[Json], after: list[Json], path: Path) -> Iterator[Op]:
    """Equal elements stay; between them the others are paired by position, and what is left over comes or goes."""
    start, end = _common_ends(before, after)
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    at_old = at_new = 0
    for next_old, next_new in (*_common_elements(old, new), (len(old), len(new))):
        gone, come = old[at_old:next_old], new[at_new:next_new]
        index, paired = start + at_new, min(len(gone), len(come))
        for i in range(paired):
            yield from _difference(gone[i], come[i], (*path, index + i))
        for i in range(len(gone) - 1, paired - 1, -1):
            yield Remove((*path, index + i))
        for i in range(paired, len(come)):
            yield Add((*path, index + i), come[i])
        at_old, at_new = next_old + 1, next_new + 1


def _common_ends(before: list[Json], after: list[Json]) -> tuple[int, int]:
    """How many elements are the same at the start, and at the end."""
    shorter = min(len(before), len(after))
    start = 0
    while start < shorter and json_equal(before[start], after[start]):
        start += 1
    end = 0
    while end < shorter - start and json_equal(before[-1 - end], after[-1 - end]):
        end += 1
    return start, end


def _common_elements(old: list[Json], new: list[Json]) -> list[tuple[int, int]]:
    """A longest common subsequence, as pairs of indexes; none where finding one would take too long."""
    if len(old) * len(new) > LONGEST_SEARCH:
        return []
    lengths = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            is_common = json_equal(old[i], new[j])
            lengths[i][j] = lengths[i + 1][j + 1] + 1 if is_common else max(lengths[i + 1][j], lengths[i][j + 1])
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < len(old) and j < len(new):
        if json_equal(old[i], new[j]):
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1
    return pairs


def _rebase_one(op: Op, over: Op, earlier: bool) -> Op | None:
    return _rebase_over_shift(op, over, earlier) if _shifts_elements(over) else _rebase_over_set(op, over, earlier)


def _rebase_over_set(op: Op, over: Op, earlier: bool) -> Op | None:
    if not _starts_with(op.path, over.path):
        return op
    if len(op.path) > len(over.path):
        return None
    if _shifts_elements(op):
        return op
    is_gone = isinstance(op, Remove) and isinstance(over, Remove)
    return None if earlier or is_gone else op


def _rebase_over_shift(op: Op, over: Op, earlier: bool) -> Op | None:
    depth = len(over.path) - 1
    if len(op.path) <= depth or not _starts_with(op.path, over.path[:depth]):
        return op
    index, shifted = op.path[depth], over.path[depth]
    if not isinstance(index, int) or not isinstance(shifted, int):
        return op
    inserts = isinstance(op, Add) and len(op.path) == len(over.path)
    if isinstance(over, Add):
        follows = index > shifted or (index == shifted and not (inserts and earlier))
        return _move_to(op, depth, index + 1) if follows else op
    if index == shifted and not inserts:
        return None
    return _move_to(op, depth, index - 1) if index > shifted else op


def _shifts_elements(op: Op) -> bool:
    """Whether `op` inserts or removes an array element, and so moves those behind it."""
    return not isinstance(op, Replace) and len(op.path) > 0 and isinstance(op.path[-1], int)


def _move_to(op: Op, depth: int, index: int) -> Op:
    return replace(op, path=(*op.path[:depth], index, *op.path[depth + 1 :]))


def _append(ops: list[Op], op: Op) -> None:
    if isinstance(op, Replace):
        for i in range(len(ops) - 1, -1, -1):
            before = ops[i]
            if before.path == op.path and not isinstance(before, Remove):
                ops[i] = replace(before, value=op.value)
                return
            if _shifts_elements(before) or _starts_with(op.path, before.path):
                break
            if _starts_with(before.path, op.path):
                del ops[i]
    ops.append(op)


def _starts_with(path: Path, prefix: Path) -> bool:
    return path[: len(prefix)] == prefix
