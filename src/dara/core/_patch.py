"""JSON Patch (RFC 6902), as the public API takes it: operations with pointers, applied to a value. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dara.core._edits import ABSENT, Add, Op, Remove, Replace, Value, apply, at
from dara.core._json import Json, Path, json_equal, to_json
from dara.core.errors import InvalidEdit, TestFailed

OPERATIONS: Final = ('add', 'copy', 'move', 'remove', 'replace', 'test')


def is_patch(value: Any) -> bool:
    """Whether `value` reads as a patch: a list of operations, well-formed or not, and nothing else in it."""
    if not isinstance(value, (list, tuple)) or not value:
        return False
    return all(isinstance(each, Mapping) and 'op' in each and 'path' in each for each in value)


def patched(value: Json, patch: Sequence[Mapping[str, Any]]) -> Value:
    """Return `value` with the operations of `patch` applied in order; `value` itself stays as it is.

    Raises:
        InvalidEdit: an operation is not one of RFC 6902, or has no place in the value; says which.
        TestFailed: a `test` did not hold.
        NotJson: a value inside cannot be stored.
    """
    present: Value = value
    for index, operation in enumerate(patch):
        if present is ABSENT:
            raise InvalidEdit(f'Operation {index}: the one before it removed the whole value.')
        if not isinstance(operation, Mapping):
            raise InvalidEdit(f'Operation {index} of the patch is {operation!r}, and not an object with an "op".')
        try:
            present = apply(present, _ops(present, operation))
        except TestFailed:
            raise
        except InvalidEdit as error:
            raise InvalidEdit(f'Operation {index} of the patch, {dict(operation)!r}: {error}') from error
    return present if present is ABSENT else to_json(present)


def _ops(value: Json, operation: Mapping[str, Any]) -> list[Op]:
    match operation:
        case {'op': 'add', 'path': path, 'value': new}:
            return [Add(_resolve(value, path), to_json(new))]
        case {'op': 'replace', 'path': path, 'value': new}:
            return [Replace(_existing(value, path), to_json(new))]
        case {'op': 'remove', 'path': path}:
            return [Remove(_existing(value, path))]
        case {'op': 'copy', 'from': source, 'path': path}:
            return [Add(_resolve(value, path), _value_at(value, source))]
        case {'op': 'move', 'from': source, 'path': path}:
            return _move(value, source, path)
        case {'op': 'test', 'path': path, 'value': expected}:
            return _test(value, path, to_json(expected))
    raise InvalidEdit(
        f'an operation has an "op" of {", ".join(OPERATIONS)}, and a "path", "from" or "value" as it needs'
    )


def _move(value: Json, source: str, path: str) -> list[Op]:
    taken = Remove(_existing(value, source))
    remaining = apply(value, [taken])
    if remaining is ABSENT:
        raise InvalidEdit('the whole value cannot be moved')
    target = _resolve(remaining, path)
    if path.startswith(f'{source}/'):
        raise InvalidEdit(f'{source} cannot be moved into itself')
    return [taken, Add(target, _value_at(value, source))]


def _test(value: Json, path: str, expected: Json) -> list[Op]:
    found = at(value, _resolve(value, path))
    if found is ABSENT or not json_equal(found, expected):
        raise TestFailed(f'test {path}: it is {"absent" if found is ABSENT else repr(found)}, not {expected!r}')
    return []


def _value_at(value: Json, pointer: str) -> Json:
    found = at(value, _existing(value, pointer))
    assert found is not ABSENT  # _existing has looked
    return found


def _existing(value: Json, pointer: str) -> Path:
    path = _resolve(value, pointer)
    if at(value, path) is ABSENT:
        raise InvalidEdit(f'there is nothing at {pointer}')
    return path


def _resolve(value: Value, pointer: str) -> Path:
    """Read a pointer as a path: whether a step is a member or an index depends on what it leads into."""
    if not isinstance(pointer, str) or (pointer and not pointer.startswith('/')):
        raise InvalidEdit(f'a path is a JSON pointer, such as /items/0, not {pointer!r}')
    path: list[str | int] = []
    for escaped in pointer.split('/')[1:]:
        path.append(_step(value, escaped.replace('~1', '/').replace('~0', '~')))
        value = ABSENT if value is ABSENT else at(value, (path[-1],))
    return tuple(path)


def _step(container: Value, name: str) -> str | int:
    if not isinstance(container, list):
        return name
    if name == '-':
        return len(container)
    if not name.isdecimal() or (len(name) > 1 and name.startswith('0')):
        raise InvalidEdit(f'{name!r} is not an index of an array')
    return int(name)
