"""The difference between two values, found with bounded effort.

Texts and arrays are compared by the algorithm of E. W. Myers, "An O(ND) Difference Algorithm and Its
Variations" (1986).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from math import isqrt
from operator import eq
from typing import Any, Final, TypeAlias

import orjson

from dara.core._edits.ops import ABSENT, Add, Move, Op, Ops, Remove, Replace, Splice, Value
from dara.core._json import Json, Path, json_equal

EFFORT: Final = 250_000
"""The effort that one edit, or one write, may spend; where it runs out, what is left counts as replaced."""
SEARCH: Final = 5_000
"""How much of it the search in one text or array may take."""
STEP: Final = 2
"""The effort of one step of a search."""
OP: Final = 20
"""The effort of an op, which has to be measured, encoded, sent and applied, too."""
MARK: Final = 6
"""The effort of telling one element, word or line from others."""
ELEMENT: Final = 10
"""The effort of preparing it for a search, if some are the same."""
IDENTITY: Final = 4
"""The effort of reading the identity of an item."""
BYTES: Final = 32
"""How many bytes are encoded with an effort of 1."""
FREE_DEPTH: Final = 3
"""Down to this depth comparing costs no effort; each level below reads again what is inside of it."""

MEANT: Final = 4
"""So many characters that are the same in two texts may be the same ones; fewer only if they are nowhere else."""
LOOKED_AT: Final = 200
"""How many short runs are looked for elsewhere in the texts."""
LOOKED_THROUGH: Final = 4_000_000
"""How many characters may be looked through for them."""
SHORT: Final = 16
"""Of texts that are shorter, what they have in common is counted before it is looked for; of others a sample is."""
SAMPLE: Final = 64
"""How many places of a text are looked for in the other, to see whether the two have anything in common."""
SAMPLED_THROUGH: Final = 640_000
"""How many characters may be looked through for them; but eight places are looked for in any text."""
MOVES: Final = 1_000_000
"""How many items times how many moves and additions; past it, items that moved are told as removed and added."""

_LINE: Final = re.compile(r'[^\n]*\n|[^\n]+')
_WORD: Final = re.compile(r'[^ \n]+[ \n]*|[ \n]+')
WORDS: Final = 4_000
"""Texts of more words are compared by lines."""
_TRUE: Final = ('true',)
_FALSE: Final = ('false',)
Keys: TypeAlias = tuple[tuple[tuple[str, ...], str], ...]
"""Where items of a list have an identity: the list's path, `*` for any step, and the member that is the item's."""
NO_KEYS: Final[Keys] = ()
_Run: TypeAlias = tuple[int, int, int]
"""Where in the one and where in the other there is the same, and how much of it."""


class Effort:
    """The effort that is left for the differences of one edit, or of one write."""

    __slots__ = ('left',)

    def __init__(self, left: int = EFFORT) -> None:
        self.left = left

    def affords(self, cost: int) -> bool:
        """Spend so much, if it is there; return whether it was."""
        if cost > self.left:
            return False
        self.left -= cost
        return True


def diff(before: Value, after: Value, keys: Keys = NO_KEYS, effort: Effort | None = None) -> Ops:
    """Return ops that turn `before` into `after`; none if they are equal as JSON.

    Items of lists that `keys` names are the same if their identity is, wherever they are; those of others if they
    are equal, and what is between those is paired by position. What `effort` does not reach is replaced as a whole.
    """
    if after is ABSENT:
        return () if before is ABSENT else (Remove(()),)
    if before is ABSENT:
        return (Replace((), after),)
    difference = _Difference(keys, effort or Effort())
    difference.compare(before, after, (), OP)
    return tuple(difference.ops)


def text_difference(before: str, after: str, path: Path, effort: Effort) -> Ops:
    """Return splices that turn the text `before` at `path` into `after`."""
    difference = _Difference(NO_KEYS, effort)
    difference.compare_texts(before, after, path, OP + sum(len(step) for step in path if isinstance(step, str)) // 8)
    return tuple(difference.ops)


def parse_keys(keys: Mapping[str, str]) -> Keys:
    """Read keys as an app gives them, by JSON pointer."""
    return tuple((tuple(map(_unescaped, pointer.split('/')[1:])), member) for pointer, member in keys.items())


def _unescaped(step: str) -> str:
    return step.replace('~1', '/').replace('~0', '~')


class _Difference:
    """A walk through two values. `cost` is the effort of one op at the path: its names are sent along with it."""

    def __init__(self, keys: Keys, effort: Effort) -> None:
        self.ops: list[Op] = []
        self._keys = keys
        self._effort = effort

    def compare(self, before: Json, after: Json, path: Path, cost: int) -> None:
        """Add the ops that turn `before`, at `path`, into `after`."""
        if before is after:
            return
        if isinstance(before, str) and isinstance(after, str):
            self.compare_texts(before, after, path, cost)
        elif isinstance(before, dict) and isinstance(after, dict) and self._affords_a_look(after, path):
            self._compare_members(before, after, path, cost)
        elif isinstance(before, list) and isinstance(after, list) and self._affords_a_look(after, path):
            self._compare_elements(before, after, path, cost)
        elif not json_equal(before, after):
            self.ops.append(Replace(path, after))

    def compare_texts(self, before: str, after: str, path: Path, cost: int) -> None:
        start = _common_start(before, after)
        end = _common_end(before[start:], after[start:])
        old, new = before[start : len(before) - end], after[start : len(after) - end]
        runs = self._text_runs(old, new)
        if runs and not self._effort.affords((len(runs) + 1) * cost):
            runs = []
        if not runs and (old or new):
            self.ops.append(Splice(path, start, len(old), new))
            return
        for gone, come in (each for each in _between(runs, len(old), len(new)) if each[0] or each[1]):
            self.ops.append(Splice(path, start + come.start, len(gone), new[come.start : come.stop]))

    def _affords_a_look(self, after: Json, path: Path) -> bool:
        is_deep = len(path) > FREE_DEPTH
        return self._effort.affords(len(orjson.dumps(after)) // BYTES if is_deep else 1)

    def _compare_members(self, before: dict[str, Json], after: dict[str, Json], path: Path, cost: int) -> None:
        if not self._effort.affords(len(before) + len(after)):
            self.ops.append(Replace(path, after))
            return
        changed = [
            name
            for name, member in before.items()
            if name not in after
            or ((other := after[name]) is not member and (other != member or not json_equal(member, other)))
        ]
        come = [name for name in after if name not in before]
        names = sum(map(len, changed)) + sum(map(len, come))
        if not self._effort.affords((len(changed) + len(come)) * cost + names // 8):
            self.ops.append(Replace(path, after))
            return
        for name in changed:
            if name in after:
                self.compare(before[name], after[name], (*path, name), cost + len(name) // 8)
            else:
                self.ops.append(Remove((*path, name)))
        for name in come:
            self.ops.append(Add((*path, name), after[name]))

    def _compare_elements(self, before: list[Json], after: list[Json], path: Path, cost: int) -> None:
        start, end = self._equal_ends(before, after)
        old, new = before[start : len(before) - end], after[start : len(after) - end]
        key = self._key_at(path) if self._keys else None
        if key and self._effort.affords(IDENTITY * (len(old) + len(new))):
            gone, come = _identities(old, key), _identities(new, key)
        else:
            gone = come = None
        if gone is None or come is None:
            is_told = self._pair(old, new, start, path, cost)
        else:
            is_told = self._arrange(old, new, _Arrangement(gone, come), start, path, cost)
        if not is_told:
            self.ops.append(Replace(path, after))

    def _arrange(
        self, old: list[Json], new: list[Json], arrangement: _Arrangement, start: int, path: Path, cost: int
    ) -> bool:
        """Tell which items come, go and move, and what is new in those that stay; if there is the effort for it."""
        pairs = [(i, place) for i, place in enumerate(arrangement.places) if place in arrangement.kept]
        changed = sorted((place, i) for i, place in pairs if not json_equal(old[i], new[place]))
        if not self._effort.affords((len(changed) + arrangement.size) * cost):
            return False
        arrangement.tell(self.ops, new, start, path)
        for place, i in changed:
            self.compare(old[i], new[place], (*path, start + place), cost)
        return True

    def _pair(self, old: list[Json], new: list[Json], start: int, path: Path, cost: int) -> bool:
        """Keep equal elements, pair those between them by position, and tell what is left over; if there is the effort
        for it."""
        between = list(_between(self._element_runs(old, new), len(old), len(new)))
        if not self._effort.affords(cost * sum(max(len(gone), len(come)) for gone, come in between)):
            return False
        for gone, come in between:
            index, paired = start + come.start, min(len(gone), len(come))
            for i in range(paired):
                self.compare(old[gone[i]], new[come[i]], (*path, index + i), cost)
            for i in range(len(gone) - 1, paired - 1, -1):
                self.ops.append(Remove((*path, index + i)))
            for i in range(paired, len(come)):
                self.ops.append(Add((*path, index + i), new[come[i]]))
        return True

    def _key_at(self, path: Path) -> str | None:
        for pattern, member in self._keys:
            if len(pattern) == len(path) and all(
                each in ('*', str(step)) for each, step in zip(pattern, path, strict=True)
            ):
                return member
        return None

    @staticmethod
    def _equal_ends(a: list[Json], b: list[Json]) -> tuple[int, int]:
        """How many elements two lists begin and end with in common."""
        if len(a) == len(b) == 1:
            return 0, 0  # one that differs, or will be found to be the same
        start = _common_start(a, b)
        if start and not json_equal(a[:start], b[:start]):  # Python takes true for 1
            start = _common_start(a[:start], b[:start], json_equal)
        end = _common_end(a[start:], b[start:])
        if end and not json_equal(a[-end:], b[-end:]):
            end = _common_end(a[-end:], b[-end:], json_equal)
        return start, end

    def _element_runs(self, old: list[Json], new: list[Json]) -> list[_Run]:
        if not old or not new or len(old) == len(new) == 1:
            return []
        if not self._effort.affords(MARK * (len(old) + len(new))):
            return []
        old_marks, new_marks = list(map(_mark, old)), list(map(_mark, new))
        self._effort.left -= sum(len(mark) for mark in (*old_marks, *new_marks) if type(mark) is bytes) // BYTES
        return self._common(old_marks, new_marks)

    def _text_runs(self, old: str, new: str) -> list[_Run]:
        """What is the same in two texts: by characters, or else by words or lines. A little is the same by chance."""
        if not old or not new:
            return []
        shorter, longer = (old, new) if len(old) <= len(new) else (new, old)
        unlike = self._unlike(shorter, longer)
        if unlike is None:
            return []
        runs = None if unlike * unlike * STEP > 2 * SEARCH else self._runs(old, new)
        if runs is None:
            runs = self._piece_runs(old, new)
        runs = _meant(runs, old, new)
        same = sum(length for _, _, length in runs)
        return runs if 3 * same >= len(shorter) else []

    def _unlike(self, shorter: str, longer: str) -> int | None:
        """How many characters at least will be different, as far as a sample tells; `None` if nothing is alike."""
        apart = len(longer) - len(shorter)
        if len(shorter) < SHORT:
            if len(longer) > SAMPLE:
                return None if set(shorter).isdisjoint(longer) else apart
            common = _common_length(shorter, longer)
            return None if 3 * common < len(shorter) else len(shorter) + len(longer) - 2 * common
        places = len(shorter) - MEANT + 1
        looks = min(places, SAMPLE, max(8, SAMPLED_THROUGH // len(longer)))
        if not self._effort.affords(looks + looks * len(longer) // 1000):
            return None
        found = sum(shorter[(at := i * places // looks) : at + MEANT] in longer for i in range(looks))
        return None if 12 * found < looks else max(apart, (looks - found) * places // (looks * MEANT))

    def _piece_runs(self, old: str, new: str) -> list[_Run]:
        pieces = _LINE
        if old.count(' ') + new.count(' ') <= WORDS:
            pieces = _WORD
        old_pieces, new_pieces = pieces.findall(old), pieces.findall(new)
        if not self._effort.affords(MARK * (len(old_pieces) + len(new_pieces))):
            return []
        old_at, new_at = _offsets(old_pieces), _offsets(new_pieces)
        runs = self._common(old_pieces, new_pieces)
        return [(old_at[i], new_at[j], old_at[i + length] - old_at[i]) for i, j, length in runs]

    def _common(self, a: Sequence[Hashable], b: Sequence[Hashable]) -> list[_Run]:
        """A longest common subsequence, in runs; only of what is in both once, where finding one takes too long."""
        if set(a).isdisjoint(b) or not self._effort.affords(ELEMENT * (len(a) + len(b))):
            return []
        marks: dict[Hashable, int] = {}
        old, new = ([marks.setdefault(mark, len(marks)) for mark in each] for each in (a, b))
        shared = set(old) & set(new)
        old_at, new_at = ([i for i, mark in enumerate(each) if mark in shared] for each in (old, new))
        old, new = [old[i] for i in old_at], [new[i] for i in new_at]
        runs = self._runs(old, new)
        if runs is None:
            runs = _anchored(old, new)
        return _joined((old_at[i + k], new_at[j + k]) for i, j, length in runs for k in range(length))

    def _runs(self, a: Sequence[Any], b: Sequence[Any]) -> list[_Run] | None:
        """A longest common subsequence, in runs; `None` where finding one takes too long."""
        if not a or not b:
            return []
        allowed = left = min(SEARCH, self._effort.left)
        if (len(a) - len(b)) ** 2 * STEP > 2 * allowed:
            return None  # so many steps at least
        old, new = len(a), len(b)
        most = isqrt(2 * allowed // STEP) + 2
        reach = [-1] * (2 * most + 3)  # by diagonal, of which `most` is the one in the middle
        reach[most + 1] = 0
        steps: list[list[int]] = []
        for edits in range(old + new + 1):
            steps.append(reach[most - edits - 1 : most + edits + 2])
            for diagonal in range(most - edits, most + edits + 1, 2):
                before, behind = reach[diagonal - 1], reach[diagonal + 1]
                i = behind if before < behind else before + 1
                j = i - diagonal + most
                if i < old and j < new and a[i] == b[j]:
                    same = _same_from(a, i, b, j)
                    i, j, left = i + same, j + same, left - same // 16
                reach[diagonal] = i
                if i >= old and j >= new:
                    self._effort.left -= allowed - left
                    return _traced(steps, old, new)
            left -= STEP * (edits + 1)
            if left <= 0:
                self._effort.left -= allowed
                return None
        raise AssertionError('two sequences differ by no more than both')


def _common_length(a: str, b: str) -> int:
    """Return the length of a longest common subsequence, found as by H. Hyyrö (2004): in bits, one for each of `b`."""
    a = ''.join([character for character in a if character in b])
    b = ''.join([character for character in b if character in a])
    places: dict[str, int] = {}
    for i, character in enumerate(b):
        places[character] = places.get(character, 0) | 1 << i
    every = (1 << len(b)) - 1
    apart = every
    for character in a:
        both = apart & places.get(character, 0)
        apart = (apart + both | apart - both) & every
    return len(b) - apart.bit_count()


def _same_from(a: Sequence[Any], i: int, b: Sequence[Any], j: int) -> int:
    """How much is the same from there on, looked at in larger and larger parts."""
    same, size = 0, 16
    while True:
        part = a[i + same : i + same + size]
        alike = _common_start(part, b[j + same : j + same + size])
        same += alike
        if alike < size:
            return same
        size *= 4


def _mark(element: Json) -> Hashable:
    """Return what equal elements share, and no others."""
    if isinstance(element, (dict, list)):
        return orjson.dumps(element, option=orjson.OPT_SORT_KEYS)
    if isinstance(element, bool):
        return _TRUE if element else _FALSE
    return element


def _anchored(a: list[int], b: list[int]) -> list[_Run]:
    """What is in both sequences once, as far as it is in the same order."""
    counts, others = Counter(a), Counter(b)
    places = {mark: place for place, mark in enumerate(b)}
    alone = {places[mark]: i for i, mark in enumerate(a) if counts[mark] == others[mark] == 1}
    return [(alone[place], place, 1) for place in sorted(_longest_rising(list(alone)))]


def _joined(pairs: Iterator[tuple[int, int]]) -> list[_Run]:
    """Runs of what follows one another in both."""
    runs: list[_Run] = []
    for i, j in pairs:
        if runs and (i, j) == (runs[-1][0] + runs[-1][2], runs[-1][1] + runs[-1][2]):
            runs[-1] = (runs[-1][0], runs[-1][1], runs[-1][2] + 1)
        else:
            runs.append((i, j, 1))
    return runs


def _meant(runs: list[_Run], old: str, new: str) -> list[_Run]:
    """Leave out what is the same by chance. Nothing is where all of one text is left, with more between."""
    if sum(length for _, _, length in runs) == min(len(old), len(new)):
        return runs
    short = [run for run in runs if run[2] < MEANT]
    looks = min(LOOKED_AT, LOOKED_THROUGH // (len(old) + len(new)))
    alone = {run for run in short[:looks] if _is_alone(old[run[0] : run[0] + run[2]], old, new)}
    return [run for run in runs if run[2] >= MEANT or run in alone]


def _is_alone(part: str, *texts: str) -> bool:
    return all(text.find(part) == text.rfind(part) for text in texts)


def _traced(steps: list[list[int]], i: int, j: int) -> list[_Run]:
    """Walk back from the ends of both to their beginnings, and collect what is the same."""
    runs: list[_Run] = []
    for edits in range(len(steps) - 1, -1, -1):
        reach, diagonal = steps[edits], i - j
        before, behind = reach[edits + diagonal], reach[edits + diagonal + 2]
        is_down = before < behind
        start = behind if is_down else before + 1
        if i > start:
            runs.append((start, start - diagonal, i - start))
        i = start if is_down else start - 1
        j = (start - diagonal) - 1 if is_down else start - diagonal
    return runs[::-1]


def _between(runs: list[_Run], old: int, new: int) -> Iterator[tuple[range, range]]:
    """What is not the same, in both."""
    at_old = at_new = 0
    for i, j, length in (*runs, (old, new, 0)):
        yield range(at_old, i), range(at_new, j)
        at_old, at_new = i + length, j + length


class _Arrangement:
    """The way from items in one order to items in another, told by their identities; as few as can be are moved.

    Attributes:
        places: where each of the old items is among the new, or -1.
        kept: the places of those that stay or move.
        size: how many ops it takes.
    """

    def __init__(self, old: list[Json], new: list[Json]) -> None:
        coming = {identity: place for place, identity in enumerate(new)}
        self.places = [coming.get(identity, -1) for identity in old]
        there = [place for place in self.places if place >= 0]
        self._staying = _longest_rising(there)
        moving = set(there) - self._staying
        added = len(new) - len(there)
        self._moving = moving if (len(moving) + added) * len(old) <= MOVES else set()
        self.kept = self._staying | self._moving
        self.size = len(old) + len(new) - 2 * len(self.kept) + len(self._moving)

    def tell(self, ops: list[Op], new: list[Json], start: int, path: Path) -> None:
        """Add the ops that remove, move and add items, of which the first is at `start`, until they are `new`."""
        for i in range(len(self.places) - 1, -1, -1):
            if self.places[i] not in self.kept:
                ops.append(Remove((*path, start + i)))
        if not self._moving:
            ops.extend(Add((*path, start + i), item) for i, item in enumerate(new) if i not in self.kept)
            return
        present = [place for place in self.places if place in self.kept]
        index = 0
        for place, item in enumerate(new):
            if place in self._staying:
                index = present.index(place, index) + 1
                continue
            if place in self._moving:
                source = present.index(place)
                present.pop(source)
                index -= source < index
                if source != index:
                    ops.append(Move((*path, start + source), (*path, start + index)))
            else:
                ops.append(Add((*path, start + index), item))
            present.insert(index, place)
            index += 1


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


def _common_start(a: Sequence[Any], b: Sequence[Any], equal: Callable[[Any, Any], bool] = eq) -> int:
    """Return the length of the common prefix of two strings or lists, found by bisection."""
    low, high = 0, min(len(a), len(b))
    if high and a[0] != b[0]:
        return 0
    while low < high:
        middle = (low + high + 1) // 2
        if equal(a[low:middle], b[low:middle]):
            low = middle
        else:
            high = middle - 1
    return low


def _common_end(a: Sequence[Any], b: Sequence[Any], equal: Callable[[Any, Any], bool] = eq) -> int:
    """Return the length of the common suffix of two strings or lists, found by bisection."""
    low, high = 0, min(len(a), len(b))
    if high and a[-1] != b[-1]:
        return 0
    while low < high:
        middle = (low + high + 1) // 2
        if equal(a[len(a) - middle : len(a) - low], b[len(b) - middle : len(b) - low]):
            low = middle
        else:
            high = middle - 1
    return low


def _offsets(lines: list[str]) -> list[int]:
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    return offsets
