"""The ops of edits: those of JSON Patch (RFC 6902), and `splice` for text. Twin of `client/src/edits/ops.ts`."""

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


@dataclass(slots=True)
class Replace:
    """The replacement of a member, an element or the whole value. It may add a member."""

    path: Path
    value: Json


@dataclass(slots=True)
class Add:
    """The setting of a member, or the insertion of an element."""

    path: Path
    value: Json


@dataclass(slots=True)
class Remove:
    """The removal of a member, an element or the whole value."""

    path: Path


@dataclass(slots=True)
class Splice:
    """A change of the text at `path`: `delete` code points from `at` on give way to `insert`."""

    path: Path
    at: int
    delete: int
    insert: str


@dataclass(slots=True)
class Move:
    """The move of a thing from `source` to `path`, which counts in the value without the thing."""

    source: Path
    path: Path


@dataclass(slots=True)
class Copy:
    """The addition at `path` of a copy of the thing at `source`."""

    source: Path
    path: Path


@dataclass(slots=True)
class Test:
    """A condition: the whole edit fails unless `value` is at `path`."""

    __test__: ClassVar[bool] = False  # not a test of pytest

    path: Path
    value: Json


Op: TypeAlias = Replace | Add | Remove | Splice | Move | Copy | Test
Ops: TypeAlias = tuple[Op, ...]


def parse_ops(wire: Any) -> Ops:
    """Parse ops in their wire form.

    Raises:
        InvalidEdit: `wire` is not a list of valid ops.
        NotJson: a value inside cannot be stored.
    """
    if not isinstance(wire, list):
        raise InvalidEdit(f'ops must be a list, not {type(wire).__name__}')
    return tuple(map(_parse_op, wire))


def dump_ops(ops: Ops) -> list[dict[str, Json]]:
    """Return ops in their wire form."""
    return [_dump_op(op) for op in ops]


def size_of(op: Op) -> int:
    """Return the number of bytes of JSON that an op adds to a value."""
    if isinstance(op, Splice):
        return len(op.insert.encode())
    return len(orjson.dumps(op.value)) if isinstance(op, (Replace, Add)) else 0


def is_set(op: Op) -> bool:
    """Return whether `op` sets or removes the whole value or a member, or sets an element. It shifts no elements."""
    if isinstance(op, (Add, Remove)):
        return not op.path or isinstance(op.path[-1], str)
    return isinstance(op, Replace)


def is_beginning(op: Op) -> bool:
    """Return whether `op` adds an empty container or string, for content that follows."""
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
