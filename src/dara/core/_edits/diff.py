"""The difference between two values, found with bounded effort. Twin of `client/src/edits/diff.ts`."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Final, TypeAlias

import orjson

from dara.core._edits.arrangement import Arrangement, identities
from dara.core._edits.effort import BYTES, FREE_DEPTH, IDENTITY, MARK, OP, Effort
from dara.core._edits.ops import ABSENT, Add, Op, Ops, Remove, Replace, Value
from dara.core._edits.sequence import Run, common_end, common_runs, common_start, gaps
from dara.core._edits.text_diff import text_splices
from dara.core._json import Json, Path, json_equal
from dara.core._slices import Steps, finish

Keys: TypeAlias = tuple[tuple[tuple[str, ...], str], ...]
"""The lists whose items have identities: a list's path, with `*` for any step, and the member with the identity."""
NO_KEYS: Final[Keys] = ()
MARKS_AT_ONCE: Final = 1000
_TRUE: Final = ('true',)
_FALSE: Final = ('false',)


def diff(before: Value, after: Value, keys: Keys = NO_KEYS, effort: Effort | None = None) -> Ops:
    """Return ops that turn `before` into `after`; none if they are equal as JSON.

    Items of lists that `keys` names are the same if their identities are equal, wherever they are. Items of other lists
    are the same if they are equal; the items between those are paired by position. Where `effort` runs out, a value is
    replaced as a whole.
    """
    ops: Ops = finish(diff_steps(before, after, keys, effort))
    return ops


def diff_steps(before: Value, after: Value, keys: Keys = NO_KEYS, effort: Effort | None = None) -> Steps[Ops]:
    """Do the work of `diff`, one text or one pair of items in each step."""
    if after is ABSENT:
        return () if before is ABSENT else (Remove(()),)
    if before is ABSENT:
        return (Replace((), after),)
    difference = _Difference(keys, effort or Effort())
    yield from difference.compare(before, after, (), OP)
    return tuple(difference.ops)


def text_difference(before: str, after: str, path: Path, effort: Effort) -> Ops:
    """Return splices that turn the text `before` at `path` into `after`; none if they are equal."""
    cost = OP + sum(len(step) for step in path if isinstance(step, str)) // 8
    return text_splices(before, after, path, cost, effort)


def parse_keys(keys: Mapping[str, str]) -> Keys:
    """Parse the keys of a store, which name lists by JSON pointers."""
    return tuple((tuple(map(_unescaped, pointer.split('/')[1:])), member) for pointer, member in keys.items())


def _unescaped(step: str) -> str:
    return step.replace('~1', '/').replace('~0', '~')


class _Difference:
    """A walk through two values. `cost` is the effort of one op at a path, whose names are sent along with it."""

    def __init__(self, keys: Keys, effort: Effort) -> None:
        self.ops: list[Op] = []
        self._keys = keys
        self._effort = effort

    def compare(self, before: Json, after: Json, path: Path, cost: int) -> Steps[None]:
        """Append the ops that turn `before`, at `path`, into `after`."""
        if before is after:
            return
        if isinstance(before, str) and isinstance(after, str):
            self.ops.extend(text_splices(before, after, path, cost, self._effort))
        elif isinstance(before, dict) and isinstance(after, dict) and self._affords_reading(after, path):
            yield from self._compare_members(before, after, path, cost)
        elif isinstance(before, list) and isinstance(after, list) and self._affords_reading(after, path):
            yield from self._compare_elements(before, after, path, cost)
        elif not json_equal(before, after):
            self.ops.append(Replace(path, after))

    def _affords_reading(self, after: Json, path: Path) -> bool:
        return len(path) <= FREE_DEPTH or self._effort.affords(len(orjson.dumps(after)) // BYTES)

    def _compare_members(self, before: dict[str, Json], after: dict[str, Json], path: Path, cost: int) -> Steps[None]:
        if not self._effort.affords(len(before) + len(after)):
            self.ops.append(Replace(path, after))
            return
        changed = [
            name
            for name, member in before.items()
            if name not in after
            or ((other := after[name]) is not member and (other != member or not json_equal(member, other)))
        ]
        added = [] if before.keys() == after.keys() else [name for name in after if name not in before]
        names = len(''.join(changed)) + len(''.join(added))
        if not self._effort.affords((len(changed) + len(added)) * cost + names // 8):
            self.ops.append(Replace(path, after))
            return
        for name in changed:
            if name not in after:
                self.ops.append(Remove((*path, name)))
            elif isinstance(other := after[name], (str, list, dict)):
                yield from self.compare(before[name], other, (*path, name), cost + len(name) // 8)
                yield
            else:
                self.ops.append(Replace((*path, name), other))
        for name in added:
            self.ops.append(Add((*path, name), after[name]))

    def _compare_elements(self, before: list[Json], after: list[Json], path: Path, cost: int) -> Steps[None]:
        start, end = _equal_ends(before, after)
        yield
        old, new = before[start : len(before) - end], after[start : len(after) - end]
        key = self._key_at(path) if self._keys else None
        if key and self._effort.affords(IDENTITY * (len(old) + len(new))):
            old_identities, new_identities = identities(old, key), identities(new, key)
        else:
            old_identities = new_identities = None
        if old_identities is None or new_identities is None:
            is_done = yield from self._pair(old, new, start, path, cost)
        else:
            is_done = yield from self._arrange(old, new, Arrangement(old_identities, new_identities), start, path, cost)
        if not is_done:
            self.ops.append(Replace(path, after))

    def _arrange(
        self, old: list[Json], new: list[Json], arrangement: Arrangement, start: int, path: Path, cost: int
    ) -> Steps[bool]:
        """Append ops that remove, add, move and change items; return false without the effort for them."""
        pairs = [(i, target) for i, target in enumerate(arrangement.targets) if target in arrangement.kept]
        changed = sorted((target, i) for i, target in pairs if not json_equal(old[i], new[target]))
        if not self._effort.affords((len(changed) + arrangement.size) * cost):
            return False
        arrangement.append_ops(self.ops, new, start, path)
        for target, i in changed:
            yield from self.compare(old[i], new[target], (*path, start + target), cost)
            yield
        return True

    def _pair(self, old: list[Json], new: list[Json], start: int, path: Path, cost: int) -> Steps[bool]:
        """Keep equal elements, and pair those between them by position; return false without the effort for the ops."""
        runs = yield from self._element_runs(old, new)
        all_gaps = list(gaps(runs, len(old), len(new)))
        if not self._effort.affords(cost * sum(max(len(removed), len(added)) for removed, added in all_gaps)):
            return False
        for removed, added in all_gaps:
            index, paired = start + added.start, min(len(removed), len(added))
            for i in range(paired):
                yield from self.compare(old[removed[i]], new[added[i]], (*path, index + i), cost)
                yield
            for i in range(len(removed) - 1, paired - 1, -1):
                self.ops.append(Remove((*path, index + i)))
            for i in range(paired, len(added)):
                self.ops.append(Add((*path, index + i), new[added[i]]))
        return True

    def _key_at(self, path: Path) -> str | None:
        for pattern, member in self._keys:
            if len(pattern) == len(path) and all(
                each in ('*', str(step)) for each, step in zip(pattern, path, strict=True)
            ):
                return member
        return None

    def _element_runs(self, old: list[Json], new: list[Json]) -> Steps[list[Run]]:
        if not old or not new or len(old) == len(new) == 1:
            return []
        if not self._effort.affords(len(old) + len(new)) or _are_disjoint(old, new):
            return []
        if not self._effort.affords(MARK * (len(old) + len(new))):
            return []
        old_marks, new_marks = (yield from _marks(old)), (yield from _marks(new))
        self._effort.left -= sum(len(mark) for mark in (*old_marks, *new_marks) if type(mark) is bytes) // BYTES
        yield
        return common_runs(old_marks, new_marks, self._effort)


def _equal_ends(a: list[Json], b: list[Json]) -> tuple[int, int]:
    """Return the numbers of equal elements at the starts and at the ends of two lists."""
    if len(a) == len(b) == 1:
        return 0, 0  # the elements are compared next in any case
    start = common_start(a, b)
    if start and not json_equal(a[:start], b[:start]):  # Python takes true for 1
        start = common_start(a[:start], b[:start], json_equal)
    end = common_end(a[start:], b[start:])
    if end and not json_equal(a[-end:], b[-end:]):
        end = common_end(a[-end:], b[-end:], json_equal)
    return start, end


def _are_disjoint(old: list[Json], new: list[Json]) -> bool:
    """Return whether no element is in both lists, as far as one member of all of them tells.

    It is the first member that differs between the first elements, or the elements themselves if these are scalars.
    """
    try:
        step = _differing_step(old[0], new[0])
        if step is None:
            return set(old).isdisjoint(new)  # raises if one is not hashable
        return {each[step] for each in old}.isdisjoint([each[step] for each in new])  # type: ignore[index]
    except (TypeError, KeyError, IndexError):
        return False  # they are not all alike


def _differing_step(before: Json, after: Json) -> str | int | None:
    if isinstance(before, dict) and isinstance(after, dict):
        return next((name for name in before if name in after and not json_equal(before[name], after[name])), None)
    if isinstance(before, list) and isinstance(after, list):
        return next((i for i, pair in enumerate(zip(before, after, strict=False)) if not json_equal(*pair)), None)
    return None


def _marks(elements: list[Json]) -> Steps[list[Hashable]]:
    """Return the marks of elements, a thousand of them in each step."""
    marks: list[Hashable] = []
    for start in range(0, len(elements), MARKS_AT_ONCE):
        marks.extend(map(_mark, elements[start : start + MARKS_AT_ONCE]))
        yield
    return marks


def _mark(element: Json) -> Hashable:
    """Return a hashable stand-in for an element, which is equal for equal elements alone."""
    if isinstance(element, (dict, list)):
        return orjson.dumps(element, option=orjson.OPT_SORT_KEYS)
    if isinstance(element, bool):
        return _TRUE if element else _FALSE
    return element
