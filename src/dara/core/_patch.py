"""JSON Patch (RFC 6902): the operations with pointers that the public API takes. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dara.core._edits import (
    ABSENT,
    Add,
    Application,
    Applied,
    Copy,
    Move,
    Op,
    Remove,
    Replace,
    Test,
    Value,
    apply,
    at,
)
from dara.core._json import Json, Path, to_json
from dara.core.errors import InvalidEdit, TestFailed

OPERATIONS: Final = ('add', 'copy', 'move', 'remove', 'replace', 'test')


def is_patch(value: Any) -> bool:
    """Return whether `value` is a list of operations, well-formed or not.

    An empty list counts: a computed patch may have nothing to change.
    """
    return isinstance(value, (list, tuple)) and all(
        isinstance(each, Mapping) and 'op' in each and 'path' in each for each in value
    )


def patched(value: Value, patch: Sequence[Mapping[str, Any]], default: Json = None) -> Applied:
    """Apply the operations of `patch` in order; return the new value and the effective ops. `value` is not changed.

    Operations on an absent value apply to `default`. Operations below the root of `None` apply to `{}`.

    Raises:
        InvalidEdit: an operation is not one of RFC 6902, or has no target; the message has its index.
        TestFailed: a `test` did not hold.
        NotJson: a value inside cannot be stored.
        TooLarge: the copies exceed the limit of a value.
    """
    if not isinstance(patch, (list, tuple)):
        raise InvalidEdit(f'A patch is a list of operations, not {patch!r}.')
    application = Application(value, default)
    if (default if value is ABSENT else value) is None and _is_below_root(patch):
        application.do(Replace((), {}))
    for index, operation in enumerate(patch):
        present = application.value
        if index and present is ABSENT:
            raise InvalidEdit(f'Operation {index}: the one before it removed the whole value.')
        if not isinstance(operation, Mapping):
            raise InvalidEdit(f'Operation {index} of the patch is {operation!r}, and not an object with an "op".')
        target = default if present is ABSENT else present
        try:
            _check_has_members(target, operation)
            application.do(_op(target, operation))
        except TestFailed:
            raise
        except InvalidEdit as error:
            raise InvalidEdit(f'Invalid JSON patch operation {index}, {dict(operation)!r}: {error}') from error
    return application.effect


def _is_below_root(patch: Sequence[Any]) -> bool:
    return bool(patch) and isinstance(patch[0], Mapping) and bool(patch[0].get('path'))


def _check_has_members(target: Json, operation: Mapping[str, Any]) -> None:
    if operation.get('path') and operation.get('op') != 'test' and not isinstance(target, (dict, list)):
        raise InvalidEdit(
            'Cannot apply JSON patches to non-structured data. '
            f'Current value is of type {type(target).__name__}; call write(...) to replace it.'
        )


def _op(value: Json, operation: Mapping[str, Any]) -> Op:
    match operation:
        case {'op': 'add', 'path': path, 'value': new}:
            return Add(target := _resolve(value, path), to_json(new, target))
        case {'op': 'replace', 'path': path, 'value': new}:
            return Replace(target := _existing(value, path), to_json(new, target))
        case {'op': 'remove', 'path': path}:
            return Remove(_existing(value, path))
        case {'op': 'copy', 'from': source, 'path': path}:
            return Copy(_existing(value, source), _resolve(value, path))
        case {'op': 'move', 'from': source, 'path': path}:
            return _move(value, source, path)
        case {'op': 'test', 'path': path, 'value': expected}:
            return Test(_resolve(value, path), to_json(expected))
    raise InvalidEdit(
        f'an operation has an "op" of {", ".join(OPERATIONS)}, and a "path", "from" or "value" as it needs'
    )


def _move(value: Json, source: str, path: str) -> Op:
    taken = Remove(_existing(value, source))
    remaining = apply(value, [taken])
    if remaining is ABSENT:
        raise InvalidEdit('the whole value cannot be moved')
    if path.startswith(f'{source}/'):
        raise InvalidEdit(f'{source} cannot be moved into itself')
    return Move(taken.path, _resolve(remaining, path))


def _existing(value: Json, pointer: str) -> Path:
    path = _resolve(value, pointer)
    if at(value, path) is ABSENT:
        raise InvalidEdit(f'there is nothing at {pointer}')
    return path


def _resolve(value: Value, pointer: str) -> Path:
    """Parse a pointer as a path. A step into an array is an index, and any other a member."""
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
