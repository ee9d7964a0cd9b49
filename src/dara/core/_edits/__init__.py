"""Pure functions on edits: apply, effect, diff, rebase, compose. No I/O, no await.

Twin of `client/src/edits`; both pass the golden cases in `tests/golden`. Values are never changed in place: the old
and the new value share all parts that no op changes.
"""

from dara.core._edits.apply import Application, Applied, apply, at, effect, effect_steps, placed
from dara.core._edits.compose import compose
from dara.core._edits.diff import NO_KEYS, Keys, diff, diff_steps, parse_keys
from dara.core._edits.effort import Effort
from dara.core._edits.ops import (
    ABSENT,
    Absent,
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
    dump_ops,
    parse_ops,
    size_of,
)
from dara.core._edits.rebase import Exhausted, rebase, rebase_cost, rebase_steps

__all__ = [
    'ABSENT',
    'NO_KEYS',
    'Absent',
    'Add',
    'Application',
    'Applied',
    'Copy',
    'Effort',
    'Exhausted',
    'Keys',
    'Move',
    'Op',
    'Ops',
    'Remove',
    'Replace',
    'Splice',
    'Test',
    'Value',
    'apply',
    'at',
    'compose',
    'diff',
    'diff_steps',
    'dump_ops',
    'effect',
    'effect_steps',
    'parse_keys',
    'parse_ops',
    'placed',
    'rebase',
    'rebase_cost',
    'rebase_steps',
    'size_of',
]
