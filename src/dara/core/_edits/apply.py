"""The application of ops to a value. Twin of `client/src/edits/apply.ts`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias, assert_never

import orjson

from dara.core import _messages as messages
from dara.core._edits.diff import text_difference
from dara.core._edits.effort import Effort
from dara.core._edits.ops import (
    ABSENT,
    Add,
    Copy,
    Move,
    Op,
    Ops,
    Remove,
    Replace,
    Splice,
    Test,
    Value,
    size_of,
)
from dara.core._json import Json, Path, json_equal, pointer, shortened, to_json
from dara.core._limits import DEFAULT_LIMITS
from dara.core._slices import Steps, finish
from dara.core.errors import InvalidEdit, TestFailed, TooLarge


class Applied(NamedTuple):
    """A new value, and the effective ops that turn the old value into it."""

    value: Value
    ops: Ops


def apply(value: Value, ops: Iterable[Op], default: Json = None) -> Value:
    """Apply `ops` in order and return the new value. Ops below the root of an absent value apply to `default`.

    The cost is proportional to the paths and to the containers along them, not to the value.

    Raises:
        InvalidEdit: an op has no target in the value.
        TestFailed: a `test` does not hold.
    """
    own: _Own = {}
    for op in ops:
        value = _apply_one(value, op, default, own)
    return value


def effect(value: Value, ops: Iterable[Op], default: Json = None, *, rebased: bool = False) -> Applied:
    """Apply `ops` and return the new value with the effective ops.

    A text that replaces a text becomes the splices of their difference, a copy becomes an `Add`, and a test is left
    out. Ops that were `rebased` are left out if their target was removed.

    Raises:
        InvalidEdit: an op has no target in the value.
        TestFailed: a `test` does not hold.
        NotJson: a move makes the value too deep.
        TooLarge: the copies exceed the limit of a value.
    """
    made: Applied = finish(effect_steps(value, ops, default, rebased=rebased))
    return made


def effect_steps(value: Value, ops: Iterable[Op], default: Json = None, *, rebased: bool = False) -> Steps[Applied]:
    """Do the work of `effect`, one op in each step."""
    application = Application(value, default)
    for op in ops:
        try:
            application.do(op)
        except InvalidEdit as error:
            if not rebased or isinstance(error, TestFailed):
                raise
        yield
    return application.effect


class Application:
    """The application of one edit. All differences in it share one effort.

    Attributes:
        value: the value after the ops so far.
    """

    def __init__(self, value: Value, default: Json) -> None:
        self.value = value
        self._default = default
        self._done: list[Op] = []
        self._own: _Own = {}
        self._effort = Effort()
        self._room = DEFAULT_LIMITS.value_bytes

    @property
    def effect(self) -> Applied:
        return Applied(self.value, tuple(self._done))

    def do(self, op: Op) -> None:
        """Apply one op. Raises the errors of `effect`, and changes nothing then."""
        effective = _effect_of(self.value, op, self._default, self._effort)
        if isinstance(op, Copy):
            self._room -= sum(map(size_of, effective))
            if self._room < 0:
                raise TooLarge(messages.copy_too_large(DEFAULT_LIMITS.value_bytes))
        for each in effective:
            self.value = _apply_one(self.value, each, self._default, self._own)
        if isinstance(op, Move) and not op.path:
            self._own.clear()  # the effective op holds the moved thing, too
        self._done.extend(effective)


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
    """Return `value` with `part` at `path`. Missing objects on the way are added, and arrays grow at their ends.

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


def _effect_of(value: Value, op: Op, default: Json, effort: Effort) -> Ops:
    present = default if value is ABSENT else value
    match op:
        case Replace() | Add():
            return _effect_of_set(value, present, op, effort)
        case Splice(delete=0, insert=''):
            _apply_one(value, op, default, {})  # raises without a target
            return ()
        case Move(source, path):
            item = _existing(present, op, source)
            if len(path) > len(source):
                to_json(item, path)  # raises if it is too deep there
            return () if source == path else (op,) if path else (Replace((), item),)
        case Copy(source, path):
            return (Add(path, to_json(_existing(present, op, source), path)),)
        case Test():
            _test(present, op)
            return ()
        case _:
            return (op,)


def _effect_of_set(value: Value, present: Json, op: Replace | Add, effort: Effort) -> Ops:
    if isinstance(op, Add) and op.path and isinstance(op.path[-1], int):
        return (op,)
    before = value if not op.path else at(present, op.path)
    if isinstance(before, str) and isinstance(op.value, str):
        return text_difference(before, op.value, op.path, effort)
    return () if before is not ABSENT and json_equal(before, op.value) else (op,)


_Own: TypeAlias = dict[int, Any]
"""New containers by their `id`. No other value holds them, so they may be changed in place."""


def _owned(container: Any, own: _Own) -> Any:
    """Return the container if it may be changed in place, else a copy that may."""
    if id(container) in own:
        return container
    copied = container.copy()
    own[id(copied)] = copied
    return copied


def _apply_one(value: Value, op: Op, default: Json, own: _Own) -> Value:
    if not op.path and isinstance(op, (Replace, Add)):
        return op.value
    if not op.path and isinstance(op, Remove):
        return ABSENT
    present = default if value is ABSENT else value
    match op:
        case Move():
            return _moved(present, op, default, own)
        case Copy(source, path):
            item = _existing(present, op, source)
            own.clear()  # two paths lead to the containers inside the item now
            return _apply_one(present, Add(path, item), default, own)
        case Test():
            _test(present, op)
            return value
        case Splice(path=()):
            return _spliced(present, op)
        case _:
            return _change(present, op, 0, own)


def _moved(present: Json, op: Move, default: Json, own: _Own) -> Value:
    item = _existing(present, op, op.source)
    taken = _change(present, Remove(op.source), 0, own)
    try:
        return _apply_one(taken, Add(op.path, item), default, own)
    except InvalidEdit:
        _change(taken, Add(op.source, item), 0, own)  # undoes a removal that changed a container in place
        raise


def _change(container: Json, op: Replace | Add | Remove | Splice, depth: int, own: _Own) -> Json:
    step = op.path[depth]
    is_last = depth == len(op.path) - 1
    if isinstance(step, str) and isinstance(container, dict):
        return _change_member(container, step, op, depth, is_last, own)
    if isinstance(step, int) and isinstance(container, list):
        return _change_element(container, step, op, depth, is_last, own)
    raise _no_target(op, depth)


def _change_member(
    members: dict[str, Json], name: str, op: Replace | Add | Remove | Splice, depth: int, is_last: bool, own: _Own
) -> Json:
    is_written = is_last and isinstance(op, (Replace, Add))
    if name not in members and not is_written:
        raise _no_target(op, depth)
    new = _inside(members.get(name), op, depth, is_last, own)
    changed: dict[str, Json] = _owned(members, own)
    if is_last and isinstance(op, Remove):
        del changed[name]
    else:
        changed[name] = new
    return changed


def _change_element(
    elements: list[Json], index: int, op: Replace | Add | Remove | Splice, depth: int, is_last: bool, own: _Own
) -> Json:
    is_inserted = is_last and isinstance(op, Add)
    if not 0 <= index < len(elements) + is_inserted:
        raise _no_target(op, depth)
    new = _inside(None if is_inserted else elements[index], op, depth, is_last, own)
    changed: list[Json] = _owned(elements, own)
    if is_inserted:
        changed.insert(index, new)
    elif is_last and isinstance(op, Remove):
        del changed[index]
    else:
        changed[index] = new
    return changed


def _inside(part: Json, op: Replace | Add | Remove | Splice, depth: int, is_last: bool, own: _Own) -> Json:
    """Return the value that replaces `part`."""
    if not is_last:
        return _change(part, op, depth + 1, own)
    match op:
        case Replace() | Add():
            return op.value
        case Splice():
            return _spliced(part, op)
        case Remove():
            return None
        case _:
            assert_never(op)


def _spliced(text: Json, op: Splice) -> str:
    if not isinstance(text, str):
        raise InvalidEdit(f'splice {pointer(op.path)}: the target is not a string')
    end = op.at + op.delete
    if end > len(text):
        raise InvalidEdit(f'splice {pointer(op.path)}: the text has {len(text)} characters, and not {end}')
    return text[: op.at] + op.insert + text[end:]


def _existing(value: Json, op: Op, path: Path) -> Json:
    found = at(value, path)
    if found is ABSENT:
        raise InvalidEdit(f'{_kind(op)} {pointer(path)}: there is nothing at {pointer(path)}')
    if isinstance(op, Move) and not path:
        raise InvalidEdit('move : the whole value cannot be moved')
    return found


def _test(value: Json, op: Test) -> None:
    found = at(value, op.path)
    if found is ABSENT or not json_equal(found, op.value):
        is_there = 'absent' if found is ABSENT else _shown(found)
        raise TestFailed(f'test {pointer(op.path)}: it is {is_there}, not {_shown(op.value)}')


def _shown(value: Json) -> str:
    return shortened(orjson.dumps(value).decode(), 100)


def _no_target(op: Op, depth: int) -> InvalidEdit:
    return InvalidEdit(f'{_kind(op)} {pointer(op.path)}: there is nothing at {pointer(op.path[: depth + 1])}')


def _kind(op: Any) -> str:
    return type(op).__name__.lower()
