"""The difference between two texts, as splices. Twin of `client/src/edits/textDiff.ts`."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Final

from dara.core._edits.effort import MARK, UNLIKE, Effort
from dara.core._edits.ops import Ops, Splice
from dara.core._edits.sequence import MAX_EDITS, Run, common_end, common_runs, common_start, gaps, search
from dara.core._json import Path

MIN_RUN: Final = 4
"""The length of the shortest run that counts as common. A shorter one may be equal by chance."""
MAX_LOOKUPS: Final = 200
"""The number of short runs that are looked up: a short run counts if it occurs nowhere else."""
MAX_LOOKUP_CHARACTERS: Final = 4_000_000
"""The number of characters that are read to look up short runs."""
SHORT: Final = 16
"""The length from which on two texts are sampled before they are searched."""
MAX_SAMPLES: Final = 48
"""The number of parts of a text that are sampled."""
MAX_SAMPLE_CHARACTERS: Final = 640_000
"""The number of characters that are read to find the samples; in any case eight samples are taken."""
MAX_WORDS: Final = 4_000
"""The number of words in two texts above which they are compared by lines."""
_LINE: Final = re.compile(r'[^\n]*\n|[^\n]+')
_WORD: Final = re.compile(r'[^ \n]*[ \n]+|[^ \n]+')


def text_splices(before: str, after: str, path: Path, cost: int, effort: Effort) -> Ops:
    """Return splices that turn the text `before` at `path` into `after`; each op costs `cost`.

    Where the effort runs out, or the texts have little in common, one splice replaces all that is between
    the common start and the common end.
    """
    start = common_start(before, after)
    end = common_end(before[start:], after[start:])
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    runs = _text_runs(old, new, effort) if old and new and effort.texts > 0 else []
    if runs and not effort.affords((len(runs) + 1) * cost):
        runs = []
    if not runs:
        return (Splice(path, start, len(old), new),) if old or new else ()
    changes = (each for each in gaps(runs, len(old), len(new)) if each[0] or each[1])
    return tuple(
        Splice(path, start + added.start, len(removed), new[added.start : added.stop]) for removed, added in changes
    )


def _text_runs(old: str, new: str, effort: Effort) -> list[Run]:
    """Return what two texts have in common, by characters or else by words or lines; nothing if it is little."""
    runs = _runs_of_any_length(old, new, effort)
    runs = _significant(runs, old, new) if runs else []
    is_like = bool(runs) and 3 * sum(length for _, _, length in runs) >= min(len(old), len(new))
    effort.texts -= 1 if is_like else UNLIKE
    return runs if is_like else []


def _runs_of_any_length(old: str, new: str, effort: Effort) -> list[Run]:
    least = _least_edits(old, new, effort)
    if least is None:
        return []
    runs = None if least > MAX_EDITS else search(old, new, effort)
    return _piece_runs(old, new, effort) if runs is None else runs


def _least_edits(old: str, new: str, effort: Effort) -> int | None:
    """Return the least number of characters that differ, as far as a sample tells; `None` if little is in common."""
    shorter, longer = (old, new) if len(old) <= len(new) else (new, old)
    apart = len(longer) - len(shorter)
    if len(shorter) < SHORT:
        return None if set(shorter).isdisjoint(longer) else apart
    offsets = len(shorter) - MIN_RUN + 1
    samples = min(offsets, MAX_SAMPLES, max(8, MAX_SAMPLE_CHARACTERS // len(longer)))
    if not effort.affords(samples + samples * len(longer) // 1000):
        return None
    found = sum([shorter[(at := i * offsets // samples) : at + MIN_RUN] in longer for i in range(samples)])
    return None if 12 * found < samples else max(apart, (samples - found) * offsets // (samples * MIN_RUN))


def _piece_runs(old: str, new: str, effort: Effort) -> list[Run]:
    """Return what two texts have in common, by words or lines."""
    lines = old.count('\n') + new.count('\n')
    if lines > MAX_WORDS and lines * MIN_RUN > len(old) + len(new):
        return []  # such short lines are equal by chance
    pieces = _WORD if lines + old.count(' ') + new.count(' ') <= MAX_WORDS else _LINE
    old_pieces, new_pieces = pieces.findall(old), pieces.findall(new)
    if not effort.affords(MARK * (len(old_pieces) + len(new_pieces))):
        return []
    runs = common_runs(old_pieces, new_pieces, effort)
    if not runs:
        return []
    old_at, new_at = _offsets(old_pieces), _offsets(new_pieces)
    return [(old_at[i], new_at[j], old_at[i + length] - old_at[i]) for i, j, length in runs]


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
