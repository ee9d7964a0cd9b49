"""What an edit is made of: the operations of JSON Patch (RFC 6902), and `splice` for text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, Final, TypeAlias, assert_never

import orjson

from dara.core._json import MAX_INTEGER, Json, Path, pointer, to_json
from dara.core.errors import InvalidEdit


class Absent(Enum):
    """The type of `ABSENT`, which no value equals."""

    ABSENT = 'absent'


ABSENT: Final = Absent.ABSENT
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


@dataclass(frozen=True, slots=True)
class Splice:
    """In the text at `path`, delete `delete` code points from `at` on, and insert others there."""

    path: Path
    at: int
    delete: int
    insert: str


@dataclass(frozen=True, slots=True)
class Move:
    """Take a member or an element out of `source` and add it at `path`, a place in the value without it."""

    source: Path
    path: Path


@dataclass(frozen=True, slots=True)
class Copy:
    """Add at `path` what is at `source`."""

    source: Path
    path: Path


@dataclass(frozen=True, slots=True)
class Test:
    """Do nothing, and let the whole edit fail unless `value` is at `path`."""

    __test__: ClassVar[bool] = False  # of pytest's

    path: Path
    value: Json


Op: TypeAlias = Replace | Add | Remove | Splice | Move | Copy | Test
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


def size_of(op: Op) -> int:
    """How many bytes of JSON come into a value with an op."""
    if isinstance(op, Splice):
        return len(op.insert.encode())
    return len(orjson.dumps(op.value)) if isinstance(op, (Replace, Add)) else 0


def is_set(op: Op) -> bool:
    """Whether `op` writes or removes the whole value, a member, or an element that stays where it is."""
    if isinstance(op, (Add, Remove)):
        return not op.path or isinstance(op.path[-1], str)
    return isinstance(op, Replace)


def is_beginning(op: Op) -> bool:
    """Whether `op` only makes something empty, for what then goes into it."""
    return isinstance(op, Add) and is_set(op) and op.value in ({}, [], '')


def starts_with(path: Path, prefix: Path) -> bool:
    return path[: len(prefix)] == prefix


def _parse_op(wire: Any) -> Op:
    if not isinstance(wire, dict) or not _is_path(wire.get('path')):
        raise InvalidEdit('an op must be an object with a "path" of strings and indexes')
    path = tuple(wire['path'])
    match wire:
        case {'op': 'remove'}:
            return Remove(path)
        case {'op': 'replace', 'value': value}:
            return Replace(path, to_json(value, path))
        case {'op': 'add', 'value': value}:
            return Add(path, to_json(value, path))
        case {'op': 'test', 'value': value}:
            return Test(path, to_json(value, path))
        case {'op': 'splice', 'at': at, 'delete': delete, 'insert': str() as insert} if _is_size(at) and _is_size(
            delete
        ):
            to_json(insert, path)
            return Splice(path, at, delete, insert)
        case {'op': 'move', 'from': source} if _is_path(source):
            to_json(None, path)
            return Move(tuple(source), path)
        case {'op': 'copy', 'from': source} if _is_path(source):
            to_json(None, path)
            return Copy(tuple(source), path)
    raise InvalidEdit(
        f'{wire.get("op")} {pointer(path)}: an op is replace, add or test with a "value", remove, move or copy with a '
        '"from", or splice with "at", "delete" and "insert"'
    )


def _is_path(path: Any) -> bool:
    return isinstance(path, list) and all(map(_is_step, path))


def _is_step(step: Any) -> bool:
    return type(step) is str or _is_size(step)


def _is_size(number: Any) -> bool:
    return type(number) is int and 0 <= number <= MAX_INTEGER


def _dump_op(op: Op) -> dict[str, Json]:
    path: list[Json] = [*op.path]
    match op:
        case Replace():
            return {'op': 'replace', 'path': path, 'value': op.value}
        case Add():
            return {'op': 'add', 'path': path, 'value': op.value}
        case Remove():
            return {'op': 'remove', 'path': path}
        case Splice():
            return {'op': 'splice', 'path': path, 'at': op.at, 'delete': op.delete, 'insert': op.insert}
        case Move():
            return {'op': 'move', 'from': [*op.source], 'path': path}
        case Copy():
            return {'op': 'copy', 'from': [*op.source], 'path': path}
        case Test():
            return {'op': 'test', 'path': path, 'value': op.value}
        case _:
            assert_never(op)
