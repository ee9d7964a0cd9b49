"""Common subsequences of two sequences, found with bounded effort. Twin of `client/src/edits/sequence.ts`.

The search is the algorithm of E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from math import isqrt
from operator import eq
from typing import Any, TypeAlias

from dara.core._edits.effort import ELEMENT, SEARCH, STEP, Effort

Run: TypeAlias = tuple[int, int, int]
"""A common part of two sequences: its index in the one, its index in the other, and its length."""


def common_runs(a: Sequence[Hashable], b: Sequence[Hashable], effort: Effort) -> list[Run]:
    """Return a longest common subsequence; where the search is too long, only elements that are unique in both."""
    if set(a).isdisjoint(b) or not effort.affords(ELEMENT * (len(a) + len(b))):
        return []
    numbers: dict[Hashable, int] = {}
    in_a, in_b = ([numbers.setdefault(element, len(numbers)) for element in each] for each in (a, b))
    shared = set(in_a) & set(in_b)
    indexes_a, indexes_b = ([i for i, number in enumerate(each) if number in shared] for each in (in_a, in_b))
    shared_a, shared_b = [in_a[i] for i in indexes_a], [in_b[i] for i in indexes_b]
    runs = search(shared_a, shared_b, effort)
    if runs is None:
        runs = _anchors(shared_a, shared_b)
    return _joined((indexes_a[i + k], indexes_b[j + k]) for i, j, length in runs for k in range(length))


def search(a: Sequence[Any], b: Sequence[Any], effort: Effort) -> list[Run] | None:
    """Return a longest common subsequence, or `None` if the search takes more than its share of the effort."""
    if not a or not b:
        return []
    allowed = left = min(SEARCH, effort.left)
    if (len(a) - len(b)) ** 2 * STEP > 2 * allowed:
        return None  # the difference of the lengths is the least number of edits
    size_a, size_b = len(a), len(b)
    most = isqrt(2 * allowed // STEP) + 2
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
                effort.left -= allowed - left
                return _traced(steps, size_a, size_b)
        left -= STEP * (edits + 1)
        if left <= 0:
            effort.left -= allowed
            return None
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


def _anchors(a: list[int], b: list[int]) -> list[Run]:
    """Return the elements that are unique in both sequences, as far as they are in one order."""
    counts_a, counts_b = Counter(a), Counter(b)
    indexes_b = {number: index for index, number in enumerate(b)}
    unique = {indexes_b[number]: i for i, number in enumerate(a) if counts_a[number] == counts_b[number] == 1}
    return [(unique[index], index, 1) for index in sorted(longest_rising(list(unique)))]


def _joined(pairs: Iterator[tuple[int, int]]) -> list[Run]:
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
