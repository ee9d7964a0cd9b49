"""Common subsequences of two sequences, found with bounded effort. Twin of `client/src/edits/sequence.ts`.

The search is the algorithm of E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986). For short
sequences it is read from a table of bits by H. Hyyrö, "Bit-Parallel LCS-Length Computation Revisited" (2004).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from math import isqrt
from operator import eq
from typing import Any, Final, TypeAlias

from dara.core._edits.effort import ELEMENT, SEARCH, STEP, TABLE, Effort

Run: TypeAlias = tuple[int, int, int]
"""A common part of two sequences: its index in the one, its index in the other, and its length."""
MAX_EDITS: Final = isqrt(2 * SEARCH // STEP)
"""The number of edits up to which two sequences are searched."""
LOOK_AHEAD: Final = 192
"""The number of elements from which it is estimated whether the search of two long sequences ends in time."""


def common_runs(a: Sequence[Hashable], b: Sequence[Hashable], effort: Effort) -> list[Run]:
    """Return a longest common subsequence; where the search is too long, only elements that are unique in both."""
    shared = set(a).intersection(b)
    if not shared or not effort.affords(ELEMENT * (len(a) + len(b))):
        return []
    shared_a, shared_b = (list(filter(shared.__contains__, each)) for each in (a, b))
    runs = search(shared_a, shared_b, effort)
    if runs is None:
        return _joined(_anchors(a, b))
    indexes_a, indexes_b = ([i for i, element in enumerate(each) if element in shared] for each in (a, b))
    return _joined((indexes_a[i + k], indexes_b[j + k]) for i, j, length in runs for k in range(length))


def search(a: Sequence[Any], b: Sequence[Any], effort: Effort) -> list[Run] | None:
    """Return a longest common subsequence, or `None` if the search takes more than its share of the effort."""
    if not a or not b:
        return []
    if len(a) * len(b) <= TABLE:
        return _search_table(a, b) if effort.affords(STEP * (len(a) + len(b))) else None
    allowed = min(SEARCH, effort.left)
    if (len(a) - len(b)) ** 2 * STEP > 2 * allowed:
        return None  # the difference of the lengths is the least number of edits
    runs, left = None, 0
    if _least_edits_at_start(a, b) <= MAX_EDITS:
        runs, left = _search_diagonals(a, b, allowed)
    effort.left -= allowed - left
    return runs


def _search_table(a: Sequence[Any], b: Sequence[Any]) -> list[Run] | None:
    """Return the result of `_search_diagonals`, read from a table of bits that is filled in less time."""
    rows = _table(a, b)
    if len(a) - len(b) + 2 * rows[-1].bit_count() > MAX_EDITS:
        return None
    runs: list[Run] = []
    i, j, length = len(a), len(b), 0
    while i and j:
        bit = 1 << j - 1
        is_insertion = bool(rows[i] & bit)
        if not is_insertion and rows[i - 1] & bit:
            i, j, length = i - 1, j - 1, length + 1
            continue
        if length:
            runs.append((i, j, length))
            length = 0
        i, j = (i, j - 1) if is_insertion else (i - 1, j)
    if length:
        runs.append((i, j, length))
    return runs[::-1]


def _table(a: Sequence[Any], b: Sequence[Any]) -> list[int]:
    """Return a row of bits for each number of elements of `a`.

    A bit is 0 where an element of `b` makes the longest common subsequence of that part of `a` and the elements before
    it in `b` longer by one.
    """
    bits: dict[Any, int] = {}
    for j, element in enumerate(b):
        bits[element] = bits.get(element, 0) | 1 << j
    row = every = (1 << len(b)) - 1
    rows = [row]
    for element in a:
        if element in bits:
            both = row & bits[element]
            row = (row + both | row - both) & every
        rows.append(row)
    return rows


def _least_edits_at_start(a: Sequence[Any], b: Sequence[Any]) -> int:
    """Return a lower bound of the number of edits, from the beginnings of two sequences."""
    a, b = a[:LOOK_AHEAD], b[: LOOK_AHEAD + MAX_EDITS]
    least = edits = len(a)  # the edits from the beginning of `a` to every beginning of `b`
    for bit in reversed(f'{_table(a, b)[-1]:0{len(b)}b}'):
        edits += 1 if bit == '1' else -1
        least = min(least, edits)
    return least


def _search_diagonals(a: Sequence[Any], b: Sequence[Any], left: int) -> tuple[list[Run] | None, int]:
    """Return a longest common subsequence, or `None` if that takes more than the effort, and the effort left."""
    size_a, size_b = len(a), len(b)
    most = isqrt(2 * left // STEP) + 2
    reach = [-1] * (2 * most + 3)  # the furthest index in `a` on each diagonal; `most` is the middle one
    reach[most + 1] = 0
    steps: list[list[int]] = []
    for edits in range(size_a + size_b + 1):
        steps.append(reach[most - edits - 1 : most + edits + 2])
        for diagonal in range(most - edits, most + edits + 1, 2):
            lower, upper = reach[diagonal - 1], reach[diagonal + 1]
            i = upper if lower < upper else lower + 1
            j = i - diagonal + most
            if i < size_a and j < size_b and a[i] == b[j]:
                same = _common_length_from(a, i, b, j)
                i, j, left = i + same, j + same, left - same // 16
            reach[diagonal] = i
            if i >= size_a and j >= size_b:
                return _traced(steps, size_a, size_b), left
        left -= STEP * (edits + 1)
        if left <= 0:
            return None, 0
    raise AssertionError('two sequences differ by at most the sum of their lengths')


def gaps(runs: list[Run], size_a: int, size_b: int) -> Iterator[tuple[range, range]]:
    """Yield the ranges between the runs, in both sequences: before the first, between two, and after the last."""
    start_a = start_b = 0
    for i, j, length in (*runs, (size_a, size_b, 0)):
        yield range(start_a, i), range(start_b, j)
        start_a, start_b = i + length, j + length


def longest_rising(numbers: list[int]) -> set[int]:
    """Return the members of a longest increasing subsequence."""
    ends: list[int] = []  # the smallest last number of an increasing subsequence, by its length
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


def common_start(a: Sequence[Any], b: Sequence[Any], equal: Callable[[Any, Any], bool] = eq) -> int:
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


def common_end(a: Sequence[Any], b: Sequence[Any], equal: Callable[[Any, Any], bool] = eq) -> int:
    """Return the length of the common suffix of two strings or lists, found by bisection."""
    size_a, size_b = len(a), len(b)
    low, high = 0, min(size_a, size_b)
    if high and a[-1] != b[-1]:
        return 0
    while low < high:
        middle = (low + high + 1) // 2
        if equal(a[size_a - middle : size_a - low], b[size_b - middle : size_b - low]):
            low = middle
        else:
            high = middle - 1
    return low


def _common_length_from(a: Sequence[Any], i: int, b: Sequence[Any], j: int) -> int:
    """Return the length of the common part from two indexes on, compared in larger and larger slices."""
    same, size = 0, 16
    while True:
        part = a[i + same : i + same + size]
        alike = common_start(part, b[j + same : j + same + size])
        same += alike
        if alike < size:
            return same
        size *= 4


def _anchors(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Return the indexes of elements that are unique in both sequences, as far as they are in one order."""
    unique = _unique(a) & _unique(b)
    indexes_b = {element: index for index, element in enumerate(b) if element in unique}
    indexes_a = {indexes_b[element]: index for index, element in enumerate(a) if element in unique}
    return [(indexes_a[index], index) for index in sorted(longest_rising(list(indexes_a)))]


def _unique(elements: Sequence[Hashable]) -> set[Hashable]:
    return {element for element, count in Counter(elements).items() if count == 1}


def _joined(pairs: Iterable[tuple[int, int]]) -> list[Run]:
    """Join pairs of indexes to runs where they are adjacent in both sequences."""
    runs: list[Run] = []
    for i, j in pairs:
        if runs and (i, j) == (runs[-1][0] + runs[-1][2], runs[-1][1] + runs[-1][2]):
            runs[-1] = (runs[-1][0], runs[-1][1], runs[-1][2] + 1)
        else:
            runs.append((i, j, 1))
    return runs


def _traced(steps: list[list[int]], i: int, j: int) -> list[Run]:
    """Walk back from the ends of both sequences to their starts, and collect the runs."""
    runs: list[Run] = []
    for edits in range(len(steps) - 1, -1, -1):
        reach, diagonal = steps[edits], i - j
        lower, upper = reach[edits + diagonal], reach[edits + diagonal + 2]
        is_insertion = lower < upper
        start = upper if is_insertion else lower + 1
        if i > start:
            runs.append((start, start - diagonal, i - start))
        i = start if is_insertion else start - 1
        j = (start - diagonal) - 1 if is_insertion else start - diagonal
    return runs[::-1]
