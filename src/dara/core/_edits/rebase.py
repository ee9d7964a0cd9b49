"""Operational transformation: the rebase of ops over concurrent ops. Twin of `client/src/edits/rebase.ts`.

A path names a thing, an element or a member, and follows the moves of the thing and of its containers. Two paths are
different: that of an insertion names a gap between elements, and that of a member to set names a key of its object.
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

TWO_PATHS: Final = 4
"""The effort of an op with two paths. An op with one path has an effort of 1."""


class Exhausted(Exception):
    """A rebase that takes more effort than is left."""


def rebase(ops: Ops, over: Ops, *, earlier: bool = False, left: bool | None = None) -> Ops:
    """Return `ops` as they apply after `over`; both were made on one value.

    Args:
        ops: the ops to rebase.
        over: the concurrent ops.
        earlier: whether `ops` came first. Of two ops that set one path the later wins.
        left: whether of two insertions at one index that of `ops` stands first. Defaults to `earlier`.
    """
    rebased: Ops = finish(rebase_steps(ops, over, Effort(sys.maxsize), earlier=earlier, left=left))
    return rebased


def rebase_steps(ops: Ops, over: Ops, effort: Effort, *, earlier: bool = False, left: bool | None = None) -> Steps[Ops]:
    """Do the work of `rebase` in short steps.

    Raises:
        Exhausted: the rebase takes more than the effort.
    """
    left = earlier if left is None else left
    if len(ops) == len(over) == 1:  # the most frequent case, and `over` need not be rebased
        return _rebase_one(ops[0], over[0], earlier, left)
    rebased: list[Op] = []
    for op in ops:
        moved: Ops = (op,)
        remaining: list[Op] = []
        for other in over:
            if not effort.affords(_cost(other) * sum(map(_cost, moved))):
                raise Exhausted
            moved, kept = _transform(moved, (other,), earlier, left)
            remaining.extend(kept)
            yield
        rebased.extend(moved)
        over = tuple(remaining)
    return tuple(rebased)


def rebase_cost(ops: Ops, over: Iterable[Op]) -> int:
    """Return the effort of a rebase in which no op becomes two."""
    return sum(map(_cost, ops)) * sum(map(_cost, over))


def _cost(op: Op) -> int:
    return TWO_PATHS if isinstance(op, (Move, Copy)) else 1


def _transform(ops: Ops, over: Ops, earlier: bool, left: bool) -> tuple[Ops, Ops]:
    """Return `ops` rebased over `over`, and `over` rebased over `ops`; both were made on one value."""
    if not ops or not over:
        return ops, over
    if len(ops) == len(over) == 1:
        return _rebase_one(ops[0], over[0], earlier, left), _rebase_one(over[0], ops[0], not earlier, not left)
    rebased: list[Op] = []
    for op in ops:
        moved: Ops = (op,)
        remaining: list[Op] = []
        for other in over:
            moved, kept = _transform(moved, (other,), earlier, left)
            remaining.extend(kept)
        rebased.extend(moved)
        over = tuple(remaining)
    return tuple(rebased), over


def _rebase_one(op: Op, over: Op, earlier: bool, left: bool) -> Ops:
    match over:
        case Test():
            return (op,)
        case Splice():
            is_same_text = isinstance(op, Splice) and op.path == over.path
            return _rebase_splice(op, over, left) if is_same_text else (op,)  # type: ignore[arg-type]
        case Move():
            return _rebase_over_move(op, over, earlier, left)
        case Copy():
            return _rebase_one(op, Add(over.path, None), earlier, left)
        case _:
            return (
                _rebase_over_set(op, over, earlier, left)
                if is_set(over)
                else _rebase_over_shift(op, over, earlier, left)
            )


def _rebase_over_set(op: Op, over: Replace | Add | Remove, earlier: bool, left: bool) -> Ops:
    """Rebase over an op that set a path. Things below that path are removed.

    Of two ops that set the path itself the later wins. An op that adds the same empty container is dropped: its author
    continues in the other's.
    """
    match op:
        case Move(source):
            if _is_below(source, over.path) or (source == over.path and isinstance(over, Remove)):
                return ()
            return _move_to(op, source, _rebase_target(op, source, (over,), earlier, left), earlier)
        case Copy(source):
            is_gone = _is_below(source, over.path) or (source == over.path and isinstance(over, Remove))
            target = _rebase_target(op, None, (over,), earlier, left)
            return () if is_gone or target is None else (op,)
        case Test():
            return (op,)
    if not starts_with(op.path, over.path):
        return (op,)
    if len(op.path) > len(over.path) or isinstance(op, Splice):
        return ()
    if not is_set(op):
        return (op,)  # it inserts or removes an element, whatever the element is
    is_done = (is_beginning(op) and op == over) or (isinstance(op, Remove) and isinstance(over, Remove))
    return () if earlier or is_done else (op,)


def _rebase_over_shift(op: Op, over: Replace | Add | Remove, earlier: bool, left: bool) -> Ops:
    """Rebase over the insertion or removal of an element, which shifts the elements behind it."""
    match op:
        case Move(source):
            followed = _shifted(source, over)
            return (
                ()
                if followed is None
                else _move_to(op, followed, _rebase_target(op, source, (over,), earlier, left), earlier)
            )
        case Copy(source):
            followed, target = _shifted(source, over), _rebase_target(op, None, (over,), earlier, left)
            return () if followed is None or target is None else (Copy(followed, target),)
        case _:
            path = _shifted(op.path, over, is_gap=_inserts(op), left=left)
            return () if path is None else (replace(op, path=path),)


def _rebase_over_move(op: Op, over: Move, earlier: bool, left: bool) -> Ops:
    """Rebase over a move. Ops on or inside the moved thing follow it; for others it is a removal and an insertion."""
    match op:
        case Move(source) if source == over.source:
            target = _rebase_target(op, None, (Add(over.path, None), Remove(over.path)), earlier, left)
            return () if earlier or target is None else (Move(over.path, op.path),)
        case Move(source):
            followed = _follow_move(source, over)
            return (
                ()
                if followed is None
                else _move_to(op, followed, _rebase_target(op, source, (over,), earlier, left), earlier)
            )
        case Copy(source):
            followed, target = _follow_move(source, over), _rebase_target(op, None, (over,), earlier, left)
            return () if followed is None or target is None else (Copy(followed, target),)
    is_inside = starts_with(op.path, over.source) and not (op.path == over.source and _inserts(op))
    if is_inside:
        return (replace(op, path=over.path + op.path[len(over.source) :]),)
    return rebase((op,), (Remove(over.source), Add(over.path, None)), earlier=earlier, left=left)


def _move_to(op: Move, source: Path, target: Path | None, earlier: bool) -> Ops:
    """Return a move to `target`. Without a target a later move is dropped, and an earlier one removes the thing."""
    if target is None:
        return (Remove(source),) if earlier else ()
    return (Move(source, target),)


def _rebase_target(op: Move | Copy, source: Path | None, over: Ops, earlier: bool, left: bool) -> Path | None:
    """Return the target of `op` after `over`, or `None` if it was removed. It counts without the thing at `source`."""
    if source is not None:
        over = tuple(each for other in over for each in _without_source(other, source))
    placed = rebase((Add(op.path, None),), over, earlier=earlier, left=left)
    return placed[0].path if placed else None


def _without_source(over: Op, source: Path) -> Ops:
    """Return `over` as it applies to the value without the thing at `source`."""
    if isinstance(over, Move) and _is_below(over.source, source):  # only an insertion there
        return rebase((Add(over.path, None),), (Remove(source),))
    return rebase((over,), (Remove(source),), earlier=True)


def _follow_move(path: Path, over: Move) -> Path | None:
    """Return the path after a move of the thing at `path`, or `None` if it was overwritten."""
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


def _rebase_splice(op: Splice, over: Splice, left: bool) -> Ops:
    """Rebase a splice over another one of the same text. Text that both delete is deleted once; insertions stay."""
    end, over_end, grown = op.at + op.delete, over.at + over.delete, len(over.insert)
    if op.at == over.at:
        is_before = op.delete == 0 if (op.delete == 0) != (over.delete == 0) else left
    else:
        is_before = op.at < over.at
    behind = max(0, end - max(op.at, over_end))
    behind_at = over.at + grown + max(op.at, over_end) - over_end
    if not is_before:
        return _splice_at(op, behind_at, behind)
    before = min(end, over.at) - op.at
    if behind == 0 or grown == 0:
        return _splice_at(op, op.at, before + behind)
    rest = Splice(op.path, behind_at - before + len(op.insert), behind, '')
    return (*_splice_at(op, op.at, before), rest)


def _splice_at(op: Splice, at: int, delete: int) -> Ops:
    """Return the splice at another index with another deletion; nothing if it has no content left."""
    if not delete and not op.insert:
        return ()
    return (op if (at, delete) == (op.at, op.delete) else Splice(op.path, at, delete, op.insert),)


def _inserts(op: Op) -> bool:
    return isinstance(op, (Add, Copy, Move)) and len(op.path) > 0 and isinstance(op.path[-1], int)


def _is_below(path: Path, outer: Path) -> bool:
    return len(path) > len(outer) and starts_with(path, outer)
