"""The composition of two consecutive lists of ops. Twin of `client/src/edits/compose.ts`."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dara.core._edits.ops import Add, Op, Ops, Replace, Splice, is_beginning, is_set, starts_with

MAX_INSERTION: Final = 16_384
"""The length, in code points, up to which splices are joined: shorter ones can be divided at any limit."""


def compose(first: Ops, then: Ops) -> Ops:
    """Return one list of ops for both. Ops that write to one path are joined."""
    ops = list(first)
    for op in then:
        _append(ops, op)
    return tuple(ops)


def _append(ops: list[Op], op: Op) -> None:
    if isinstance(op, (Replace, Splice)):
        for i in range(len(ops) - 1, -1, -1):
            before = ops[i]
            joined = _joined(before, op)
            if joined:
                ops[i] = joined
                return
            if isinstance(op, Replace) and _is_overwritten(before, op):
                del ops[i]
            elif not (is_set(before) or isinstance(before, Splice)) or starts_with(op.path, before.path):
                break
    ops.append(op)


def _is_overwritten(before: Op, op: Replace) -> bool:
    if isinstance(before, Splice):
        return starts_with(before.path, op.path)
    return is_set(before) and starts_with(before.path, op.path) and before.path != op.path


def _joined(before: Op, op: Replace | Splice) -> Op | None:
    """Return one op for both if they write to one path, else `None`."""
    if before.path != op.path:
        return None
    if isinstance(before, (Replace, Add)):
        if isinstance(op, Replace):
            return replace(before, value=op.value)
        if isinstance(before.value, str) and not is_beginning(before):
            return replace(before, value=_inside(before.value, op))
        return None
    return _joined_splices(before, op) if isinstance(before, Splice) and isinstance(op, Splice) else None


def _inside(text: str, op: Splice) -> str:
    return text[: op.at] + op.insert + text[op.at + op.delete :]


def _joined_splices(first: Splice, then: Splice) -> Splice | None:
    """Return one splice for two if the second touches the insertion or deletion of the first, else `None`."""
    end = first.at + len(first.insert)
    if then.at > end or then.at + then.delete < first.at:
        return None
    before, behind = max(0, first.at - then.at), max(0, then.at + then.delete - end)
    head, tail = first.insert[: max(0, then.at - first.at)], first.insert[then.at + then.delete - first.at :]
    inserted = head + then.insert + tail
    if len(inserted) > max(MAX_INSERTION, len(first.insert)):
        return None
    return Splice(first.path, min(first.at, then.at), before + first.delete + behind, inserted)
