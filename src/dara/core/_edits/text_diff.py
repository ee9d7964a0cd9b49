"""The difference between two texts, as splices. Twin of `client/src/edits/textDiff.ts`."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Final

from dara.core._edits.effort import MARK, SEARCH, STEP, Effort
from dara.core._edits.ops import Ops, Splice
from dara.core._edits.sequence import Run, common_end, common_runs, common_start, gaps, search
from dara.core._json import Path

MIN_RUN: Final = 4
"""The length of the shortest run that counts as common. A shorter one may be equal by chance."""
MAX_LOOKUPS: Final = 200
"""The number of short runs that are looked up: a short run counts if it occurs nowhere else."""
MAX_LOOKUP_CHARACTERS: Final = 4_000_000
"""The number of characters that are read to look up short runs."""
SHORT: Final = 16
"""The length from which on the common characters of two texts are sampled, not counted."""
MAX_SAMPLES: Final = 64
"""The number of parts of a text that are sampled."""
MAX_SAMPLE_CHARACTERS: Final = 640_000
"""The number of characters that are read to find the samples; in any case eight samples are taken."""
MAX_WORDS: Final = 4_000
"""The number of words in two texts above which they are compared by lines."""
_LINE: Final = re.compile(r'[^\n]*\n|[^\n]+')
_WORD: Final = re.compile(r'[^ \n]+[ \n]*|[ \n]+')


def text_splices(before: str, after: str, path: Path, cost: int, effort: Effort) -> Ops:
    """Return splices that turn the text `before` at `path` into `after`; each op costs `cost`.

    Where the effort runs out, or the texts have little in common, one splice replaces all that is between
    the common start and the common end.
    """
    start = common_start(before, after)
    end = common_end(before[start:], after[start:])
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    runs = _text_runs(old, new, effort)
    if runs and not effort.affords((len(runs) + 1) * cost):
        runs = []
    if not runs and (old or new):
        return (Splice(path, start, len(old), new),)
    changes = (each for each in gaps(runs, len(old), len(new)) if each[0] or each[1])
    return tuple(
        Splice(path, start + added.start, len(removed), new[added.start : added.stop]) for removed, added in changes
    )


def _text_runs(old: str, new: str, effort: Effort) -> list[Run]:
    """Return what two texts have in common, by characters or else by words or lines; nothing if it is little."""
    if not old or not new:
        return []
    shorter, longer = (old, new) if len(old) <= len(new) else (new, old)
    least = _least_edits(shorter, longer, effort)
    if least is None:
        return []
    runs = None if least * least * STEP > 2 * SEARCH else search(old, new, effort)
    if runs is None:
        runs = _piece_runs(old, new, effort)
    runs = _significant(runs, old, new)
    same = sum(length for _, _, length in runs)
    return runs if 3 * same >= len(shorter) else []


def _least_edits(shorter: str, longer: str, effort: Effort) -> int | None:
    """Return the least number of characters that differ, as far as a sample tells; `None` if little is in common."""
    apart = len(longer) - len(shorter)
    if len(shorter) < SHORT:
        if len(longer) > MAX_SAMPLES:
            return None if set(shorter).isdisjoint(longer) else apart
        common = _common_length(shorter, longer)
        return None if 3 * common < len(shorter) else len(shorter) + len(longer) - 2 * common
    offsets = len(shorter) - MIN_RUN + 1
    samples = min(offsets, MAX_SAMPLES, max(8, MAX_SAMPLE_CHARACTERS // len(longer)))
    if not effort.affords(samples + samples * len(longer) // 1000):
        return None
    found = sum(shorter[(at := i * offsets // samples) : at + MIN_RUN] in longer for i in range(samples))
    return None if 12 * found < samples else max(apart, (samples - found) * offsets // (samples * MIN_RUN))


def _piece_runs(old: str, new: str, effort: Effort) -> list[Run]:
    """Return what two texts have in common, by words or lines."""
    pieces = _WORD if old.count(' ') + new.count(' ') <= MAX_WORDS else _LINE
    old_pieces, new_pieces = pieces.findall(old), pieces.findall(new)
    if not effort.affords(MARK * (len(old_pieces) + len(new_pieces))):
        return []
    old_at, new_at = _offsets(old_pieces), _offsets(new_pieces)
    runs = common_runs(old_pieces, new_pieces, effort)
    return [(old_at[i], new_at[j], old_at[i + length] - old_at[i]) for i, j, length in runs]


def _common_length(a: str, b: str) -> int:
    """Return the length of a longest common subsequence, computed in bits as by H. Hyyrö (2004)."""
    a = ''.join([character for character in a if character in b])
    b = ''.join([character for character in b if character in a])
    positions: dict[str, int] = {}
    for i, character in enumerate(b):
        positions[character] = positions.get(character, 0) | 1 << i
    every = (1 << len(b)) - 1
    apart = every
    for character in a:
        both = apart & positions.get(character, 0)
        apart = (apart + both | apart - both) & every
    return len(b) - apart.bit_count()


def _significant(runs: list[Run], old: str, new: str) -> list[Run]:
    """Drop runs that are equal by chance. None is where all of one text is kept, and the other only adds to it."""
    if sum(length for _, _, length in runs) == min(len(old), len(new)):
        return runs
    short = [run for run in runs if run[2] < MIN_RUN]
    lookups = min(MAX_LOOKUPS, MAX_LOOKUP_CHARACTERS // (len(old) + len(new)))
    unique = {run for run in short[:lookups] if _is_unique(old[run[0] : run[0] + run[2]], old, new)}
    return [run for run in runs if run[2] >= MIN_RUN or run in unique]


def _is_unique(part: str, *texts: str) -> bool:
    return all(text.find(part) == text.rfind(part) for text in texts)


def _offsets(pieces: list[str]) -> list[int]:
    return list(accumulate(map(len, pieces), initial=0))
