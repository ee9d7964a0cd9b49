"""What becomes of edits when others came first.

A path names a thing: an element or a member that is there, and that follows its container and its own moves. The
path of an insertion names a gap between elements instead, and that of a member that is set its name in an object.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from dara.core._edits.effort import Effort
from dara.core._edits.ops import (
    Add,
    Copy,
    Move,
    Op,
    Ops,
    Remove,
    Replace,
    Splice,
    Test,
    is_beginning,
    is_set,
    starts_with,
)
from dara.core._json import Path
from dara.core._slices import Steps, finish

MOVING: Final = 4
"""How much more effort an op with two places takes than one with a place."""


class Exhausted(Exception):
    """The effort did not suffice."""


def rebase(ops: Ops, over: Ops, *, earlier: bool = False, left: bool | None = None) -> Ops:
    """Return what is left of `ops` once `over` has happened, both made on one value.

    Args:
        earlier: `ops` came first, so of two that set one place `over` wins. Else `ops` do.
        left: of two insertions at one place, that of `ops` stands before the other. As `earlier` if not given.
    """
    rebased: Ops = finish(rebase_steps(ops, over, Effort(sys.maxsize), earlier=earlier, left=left))
    return rebased


def rebase_steps(ops: Ops, over: Ops, effort: Effort, *, earlier: bool = False, left: bool | None = None) -> Steps[Ops]:
    """Do what `rebase` does, in short steps.

    Raises:
        Exhausted: it takes more than that effort.
    """
    left = earlier if left is None else left
    if len(ops) == len(over) == 1:  # as most are, and the other way round is not asked for
        return _past(ops[0], over[0], earlier, left)
    rebased: list[Op] = []
    for op in ops:
        moved: Ops = (op,)
        remaining: list[Op] = []
        for other in over:
            if not effort.affords(_cost(other) * sum(map(_cost, moved))):
                raise Exhausted
            moved, kept = _past_each_other(moved, (other,), earlier, left)
            remaining.extend(kept)
            yield
        rebased.extend(moved)
        over = tuple(remaining)
    return tuple(rebased)


def rebase_cost(ops: Ops, over: Iterable[Op]) -> int:
    """Return the effort of a rebase in which no op becomes two."""
    return sum(map(_cost, ops)) * sum(map(_cost, over))


def _cost(op: Op) -> int:
    return MOVING if isinstance(op, (Move, Copy)) else 1


def _past_each_other(ops: Ops, over: Ops, earlier: bool, left: bool) -> tuple[Ops, Ops]:
    """Both, each as it is once the other has happened."""
    if not ops or not over:
        return ops, over
    if len(ops) == len(over) == 1:
        return _past(ops[0], over[0], earlier, left), _past(over[0], ops[0], not earlier, not left)
    rebased: list[Op] = []
    for op in ops:
        moved: Ops = (op,)
        remaining: list[Op] = []
        for other in over:
            moved, kept = _past_each_other(moved, (other,), earlier, left)
            remaining.extend(kept)
        rebased.extend(moved)
        over = tuple(remaining)
    return tuple(rebased), over


def _past(op: Op, over: Op, earlier: bool, left: bool) -> Ops:
    match over:
        case Test():
            return (op,)
        case Splice():
            is_same_text = isinstance(op, Splice) and op.path == over.path
            return _splice_past_splice(op, over, left) if is_same_text else (op,)  # type: ignore[arg-type]
        case Move():
            return _past_move(op, over, earlier, left)
        case Copy():
            return _past(op, Add(over.path, None), earlier, left)
        case _:
            return _past_set(op, over, earlier, left) if is_set(over) else _past_shift(op, over, earlier, left)


def _past_set(op: Op, over: Replace | Add | Remove, earlier: bool, left: bool) -> Ops:
    """`over` has written a place: what was below is gone, and of two that write the place itself the later wins.

    But who only began there what the other has begun, too, goes on with that.
    """
    match op:
        case Move(source):
            if _is_below(source, over.path) or (source == over.path and isinstance(over, Remove)):
                return ()
            return _to(op, source, _target_past(op, source, (over,), earlier, left), earlier)
        case Copy(source):
            is_gone = _is_below(source, over.path) or (source == over.path and isinstance(over, Remove))
            target = _target_past(op, None, (over,), earlier, left)
            return () if is_gone or target is None else (op,)
        case Test():
            return (op,)
    if not starts_with(op.path, over.path):
        return (op,)
    if len(op.path) > len(over.path) or isinstance(op, Splice):
        return ()
    if not is_set(op):
        return (op,)  # an element comes or goes there, whatever it is
    is_done = (is_beginning(op) and op == over) or (isinstance(op, Remove) and isinstance(over, Remove))
    return () if earlier or is_done else (op,)


def _past_shift(op: Op, over: Replace | Add | Remove, earlier: bool, left: bool) -> Ops:
    """`over` has inserted or removed an element, and so moved those behind it."""
    match op:
        case Move(source):
            followed = _shifted(source, over)
            return (
                () if followed is None else _to(op, followed, _target_past(op, source, (over,), earlier, left), earlier)
            )
        case Copy(source):
            followed, target = _shifted(source, over), _target_past(op, None, (over,), earlier, left)
            return () if followed is None or target is None else (Copy(followed, target),)
        case _:
            path = _shifted(op.path, over, is_gap=_inserts(op), left=left)
            return () if path is None else (replace(op, path=path),)


def _past_move(op: Op, over: Move, earlier: bool, left: bool) -> Ops:
    """What is at or in the thing that was moved follows it; the rest sees a removal and an insertion."""
    match op:
        case Move(source) if source == over.source:
            target = _target_past(op, None, (Add(over.path, None), Remove(over.path)), earlier, left)
            return () if earlier or target is None else (Move(over.path, op.path),)
        case Move(source):
            followed = _followed(source, over)
            return (
                () if followed is None else _to(op, followed, _target_past(op, source, (over,), earlier, left), earlier)
            )
        case Copy(source):
            followed, target = _followed(source, over), _target_past(op, None, (over,), earlier, left)
            return () if followed is None or target is None else (Copy(followed, target),)
    is_inside = starts_with(op.path, over.source) and not (op.path == over.source and _inserts(op))
    if is_inside:
        return (replace(op, path=over.path + op.path[len(over.source) :]),)
    return rebase((op,), (Remove(over.source), Add(over.path, None)), earlier=earlier, left=left)


def _to(op: Move, source: Path, target: Path | None, earlier: bool) -> Ops:
    """Move what is at `source` now to `target`; where that is gone, or taken by somebody later, it stays or goes."""
    if target is None:
        return (Remove(source),) if earlier else ()
    return (Move(source, target),)


def _target_past(op: Move | Copy, source: Path | None, over: Ops, earlier: bool, left: bool) -> Path | None:
    """Where the target of `op` is after `over`; it is a place in the value without what is at `source`."""
    if source is not None:
        over = tuple(each for other in over for each in _without(other, source))
    placed = rebase((Add(op.path, None),), over, earlier=earlier, left=left)
    return placed[0].path if placed else None


def _without(over: Op, source: Path) -> Ops:
    """`over`, as it looks in the value without what is at `source`."""
    if isinstance(over, Move) and _is_below(over.source, source):  # it left the thing at `source`, or moved inside it
        return rebase((Add(over.path, None),), (Remove(source),))
    return rebase((over,), (Remove(source),), earlier=True)


def _followed(path: Path, over: Move) -> Path | None:
    """Where the thing at `path` is after a move."""
    if starts_with(path, over.source):
        return over.path + path[len(over.source) :]
    moved = rebase((Remove(path),), (Remove(over.source), Add(over.path, None)), earlier=True)
    return moved[0].path if moved else None


def _shifted(path: Path, over: Replace | Add | Remove, *, is_gap: bool = False, left: bool = False) -> Path | None:
    depth = len(over.path) - 1
    if len(path) <= depth or not starts_with(path, over.path[:depth]):
        return path
    index, shifted = path[depth], over.path[depth]
    if not isinstance(index, int) or not isinstance(shifted, int):
        return path
    is_gap = is_gap and len(path) == len(over.path)
    if isinstance(over, Add):
        moves = index > shifted or (index == shifted and not (is_gap and left))
        return (*path[:depth], index + 1, *path[depth + 1 :]) if moves else path
    if index == shifted and not is_gap:
        return None
    return (*path[:depth], index - 1, *path[depth + 1 :]) if index > shifted else path


def _splice_past_splice(op: Splice, over: Splice, left: bool) -> Ops:
    """Two on one text: what both delete is deleted once, and what each inserts stays, though between what the other
    deletes."""
    end, over_end, grown = op.at + op.delete, over.at + over.delete, len(over.insert)
    if op.at == over.at:
        is_before = op.delete == 0 if (op.delete == 0) != (over.delete == 0) else left
    else:
        is_before = op.at < over.at
    behind = max(0, end - max(op.at, over_end))
    behind_at = over.at + grown + max(op.at, over_end) - over_end
    if not is_before:
        return _placed(op, behind_at, behind)
    before = min(end, over.at) - op.at
    if behind == 0 or grown == 0:
        return _placed(op, op.at, before + behind)
    rest = Splice(op.path, behind_at - before + len(op.insert), behind, '')
    return (*_placed(op, op.at, before), rest)


def _placed(op: Splice, at: int, delete: int) -> Ops:
    """The splice at another place, deleting so much; nothing if that is all it did."""
    if not delete and not op.insert:
        return ()
    return (op if (at, delete) == (op.at, op.delete) else Splice(op.path, at, delete, op.insert),)


def _inserts(op: Op) -> bool:
    return isinstance(op, (Add, Copy, Move)) and len(op.path) > 0 and isinstance(op.path[-1], int)


def _is_below(path: Path, place: Path) -> bool:
    return len(path) > len(place) and starts_with(path, place)
