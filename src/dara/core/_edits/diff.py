"""What has happened between two values: a real difference, found with bounded effort.

Texts and arrays are compared by the algorithm of E. W. Myers, "An O(ND) Difference Algorithm and Its
Variations" (1986).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from operator import eq
from typing import Any, Final, TypeAlias

from dara.core._edits.ops import ABSENT, Add, Move, Op, Ops, Remove, Replace, Splice, Value
from dara.core._json import Json, Path, json_equal

EFFORT: Final = 200_000
"""How many comparisons one difference may take in all; where they run out, what is left counts as replaced."""
SEARCH: Final = 40_000
"""How many of them one text or array may take."""
MEANT: Final = 4
"""So many characters that are the same in two texts may be the same ones; fewer only if they are nowhere else."""
LOOKED_AT: Final = 200
"""How many short runs are looked for elsewhere in the texts."""
MOVES: Final = 1_000_000
"""How many items times how many moves; past it, items that moved are told as removed and added."""

_LINE: Final = re.compile(r'[^\n]*\n|[^\n]+')
Keys: TypeAlias = tuple[tuple[tuple[str, ...], str], ...]
"""Where items of a list have an identity: the list's path, `*` for any step, and the member that is the item's."""
NO_KEYS: Final[Keys] = ()
_Run: TypeAlias = tuple[int, int, int]
"""Where in the one and where in the other there is the same, and how much of it."""


def diff(before: Value, after: Value, keys: Keys = NO_KEYS) -> Ops:
    """Return ops that turn `before` into `after`; none if they are equal as JSON.

    Items of lists that `keys` names are the same if their identity is, wherever they are; those of others if they
    are equal, and what is between those is paired by position.
    """
    if after is ABSENT:
        return () if before is ABSENT else (Remove(()),)
    if before is ABSENT:
        return (Replace((), after),)
    return tuple(_Difference(keys).of(before, after, ()))


def text_difference(before: str, after: str, path: Path) -> Iterator[Op]:
    """Yield splices that turn the text `before` at `path` into `after`."""
    return _Difference(NO_KEYS).of_texts(before, after, path)


def parse_keys(keys: Mapping[str, str]) -> Keys:
    """Read keys as an app gives them, by JSON pointer."""
    return tuple((tuple(map(_unescaped, pointer.split('/')[1:])), member) for pointer, member in keys.items())


def _unescaped(step: str) -> str:
    return step.replace('~1', '/').replace('~0', '~')


class _Difference:
    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._effort = EFFORT

    def of(self, before: Json, after: Json, path: Path) -> Iterator[Op]:
        if before is after:
            return
        if isinstance(before, dict) and isinstance(after, dict):
            yield from self._of_members(before, after, path)
        elif isinstance(before, list) and isinstance(after, list):
            yield from self._of_elements(before, after, path)
        elif isinstance(before, str) and isinstance(after, str):
            yield from self.of_texts(before, after, path)
        elif not json_equal(before, after):
            yield Replace(path, after)

    def of_texts(self, before: str, after: str, path: Path) -> Iterator[Op]:
        start = _common_start(before, after)
        end = _common_end(before[start:], after[start:])
        old, new = before[start : len(before) - end], after[start : len(after) - end]
        for gone, come in _between(self._text_runs(old, new), len(old), len(new)):
            if gone.start < gone.stop or come.start < come.stop:
                yield Splice(path, start + come.start, gone.stop - gone.start, new[come.start : come.stop])

    def _of_members(self, before: dict[str, Json], after: dict[str, Json], path: Path) -> Iterator[Op]:
        for name, member in before.items():
            if name in after:
                yield from self.of(member, after[name], (*path, name))
            else:
                yield Remove((*path, name))
        for name, member in after.items():
            if name not in before:
                yield Add((*path, name), member)

    def _of_elements(self, before: list[Json], after: list[Json], path: Path) -> Iterator[Op]:
        key = self._key_at(path)
        old, new = (_identities(before, key), _identities(after, key)) if key else (None, None)
        if old is None or new is None:
            yield from self._of_positions(before, after, path)
            return
        kept = yield from _rearranged(old, new, after, path)
        places = {identity: place for place, identity in enumerate(old)}
        for i, identity in enumerate(new):
            if i in kept:
                yield from self.of(before[places[identity]], after[i], (*path, i))

    def _of_positions(self, before: list[Json], after: list[Json], path: Path) -> Iterator[Op]:
        """Equal elements stay; between them the others are paired by position, and what is left over comes or goes."""
        start = _count_equal(before, after)
        end = _count_equal(before[start:][::-1], after[start:][::-1])
        old, new = before[start : len(before) - end], after[start : len(after) - end]
        runs = self._runs(old, new, json_equal) or []
        for gone, come in _between(runs, len(old), len(new)):
            index, paired = start + come.start, min(len(gone), len(come))
            for i in range(paired):
                yield from self.of(old[gone[i]], new[come[i]], (*path, index + i))
            for i in range(len(gone) - 1, paired - 1, -1):
                yield Remove((*path, index + i))
            for i in range(paired, len(come)):
                yield Add((*path, index + i), new[come[i]])

    def _key_at(self, path: Path) -> str | None:
        for pattern, member in self._keys:
            if len(pattern) == len(path) and all(
                each in ('*', str(step)) for each, step in zip(pattern, path, strict=True)
            ):
                return member
        return None

    def _text_runs(self, old: str, new: str) -> list[_Run]:
        """What is the same in two texts: by characters, or else by lines. A little is the same by chance."""
        if not old or not new:
            return []
        runs = self._runs(old, new, eq)
        if runs is None:
            runs = self._line_runs(old, new)
        runs = _meant(runs, old, new)
        same = sum(length for _, _, length in runs)
        return runs if 3 * same >= min(len(old), len(new)) else []

    def _line_runs(self, old: str, new: str) -> list[_Run]:
        old_lines, new_lines = _LINE.findall(old), _LINE.findall(new)
        runs = self._runs(old_lines, new_lines, eq) or []
        old_at, new_at = _offsets(old_lines), _offsets(new_lines)
        return [(old_at[i], new_at[j], old_at[i + length] - old_at[i]) for i, j, length in runs]

    def _runs(self, a: Sequence[Any], b: Sequence[Any], same: Callable[[Any, Any], bool]) -> list[_Run] | None:
        """A longest common subsequence, in runs; `None` where finding one takes too long."""
        if not a or not b:
            return []
        allowed = left = min(SEARCH, self._effort)
        reach = {1: 0}
        steps: list[dict[int, int]] = []
        for edits in range(len(a) + len(b) + 1):
            steps.append(dict(reach))
            for diagonal in range(-edits, edits + 1, 2):
                down = diagonal == -edits or (diagonal != edits and reach[diagonal - 1] < reach[diagonal + 1])
                i = reach[diagonal + 1] if down else reach[diagonal - 1] + 1
                j = i - diagonal
                left -= 1
                while i < len(a) and j < len(b) and same(a[i], b[j]):
                    i, j, left = i + 1, j + 1, left - 1
                reach[diagonal] = i
                if i >= len(a) and j >= len(b):
                    self._effort -= allowed - left
                    return _traced(steps, len(a), len(b))
                if left <= 0:
                    self._effort -= allowed
                    return None
        raise AssertionError('two sequences differ by no more than both')


def _meant(runs: list[_Run], old: str, new: str) -> list[_Run]:
    """Leave out what is the same by chance. Nothing is where all of one text is left, with more between."""
    if sum(length for _, _, length in runs) == min(len(old), len(new)):
        return runs
    short = [run for run in runs if run[2] < MEANT]
    alone = {run for run in short[:LOOKED_AT] if _is_alone(old[run[0] : run[0] + run[2]], old, new)}
    return [run for run in runs if run[2] >= MEANT or run in alone]


def _is_alone(part: str, *texts: str) -> bool:
    return all(text.find(part) == text.rfind(part) for text in texts)


def _traced(steps: list[dict[int, int]], i: int, j: int) -> list[_Run]:
    """Walk back from the ends of both to their beginnings, and collect what is the same."""
    runs: list[_Run] = []
    for edits in range(len(steps) - 1, -1, -1):
        reach, diagonal = steps[edits], i - j
        down = diagonal == -edits or (diagonal != edits and reach[diagonal - 1] < reach[diagonal + 1])
        start = reach[diagonal + 1] if down else reach[diagonal - 1] + 1
        if i > start:
            runs.append((start, start - diagonal, i - start))
        i = start if down else start - 1
        j = (start - diagonal) - 1 if down else start - diagonal
    return runs[::-1]


def _between(runs: list[_Run], old: int, new: int) -> Iterator[tuple[range, range]]:
    """What is not the same, in both."""
    at_old = at_new = 0
    for i, j, length in (*runs, (old, new, 0)):
        yield range(at_old, i), range(at_new, j)
        at_old, at_new = i + length, j + length


def _rearranged(old: list[Json], new: list[Json], after: list[Json], path: Path) -> Generator[Op, None, set[int]]:
    """Remove, move and add items until their identities are `new`; as few as can be are moved.

    Returns where those are that have stayed or moved.
    """
    coming = {identity: place for place, identity in enumerate(new)}
    places = [coming.get(identity, -1) for identity in old]
    staying = _longest_rising([place for place in places if place >= 0])
    moving = {place for place in places if place >= 0} - staying
    if len(moving) * len(old) > MOVES:
        staying, moving = staying, set()
    kept = staying | moving
    for i in range(len(old) - 1, -1, -1):
        if places[i] not in kept:
            yield Remove((*path, i))
    present = [place for place in places if place in kept]
    index = 0
    for place in range(len(new)):
        if place in staying:
            index = present.index(place, index) + 1 if moving else index + 1
        elif place in moving:
            source = present.index(place)
            present.pop(source)
            index -= source < index
            if source != index:
                yield Move((*path, source), (*path, index))
            present.insert(index, place)
            index += 1
        else:
            yield Add((*path, index), after[place])
            present.insert(index, place)
            index += 1
    return kept


def _longest_rising(numbers: list[int]) -> set[int]:
    """The members of a longest increasing subsequence."""
    ends: list[int] = []  # of the best subsequence of each length, the smallest last number
    before: dict[int, int | None] = {}
    for number in numbers:
        length = bisect_left(ends, number)
        before[number] = ends[length - 1] if length else None
        ends[length : length + 1] = [number]
    longest: set[int] = set()
    last = ends[-1] if ends else None
    while last is not None:
        longest.add(last)
        last = before[last]
    return longest


def _identities(elements: list[Json], key: str) -> list[Json] | None:
    """Each element's identity; `None` if one has none, or two have the same."""
    found: list[Json] = []
    for element in elements:
        identity = element.get(key) if isinstance(element, dict) else None
        if isinstance(identity, bool) or not isinstance(identity, (str, int, float)):
            return None
        found.append(identity)
    return found if len(set(found)) == len(found) else None


def _count_equal(a: list[Json], b: list[Json]) -> int:
    count = 0
    while count < min(len(a), len(b)) and json_equal(a[count], b[count]):
        count += 1
    return count


def _common_start(a: str, b: str) -> int:
    """How many characters two texts begin with in common, found by halves."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_end(a: str, b: str) -> int:
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[len(a) - middle : len(a) - low] == b[len(b) - middle : len(b) - low]:
            low = middle
        else:
            high = middle - 1
    return low


def _offsets(lines: list[str]) -> list[int]:
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    return offsets
