"""The command that runs rounds, each with other faults, and checks the history of each.

`python -m tests.histories` runs rounds of all kinds in turn; with words, those of these kinds. It ends at the first
history that is wrong, and says what happened in it.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from math import inf
from pathlib import Path

from tests.histories.faults import some_faults
from tests.histories.rounds import SITES, Round


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog='python -m tests.histories', description=__doc__)
    parser.add_argument('kinds', nargs='*', default=list(SITES), help=', '.join(SITES))
    parser.add_argument('--rounds', type=int, default=100, help='of each kind')
    parser.add_argument('--seconds', type=float, default=inf, help='begin no round after that time')
    parser.add_argument('--faults', type=int, default=6, help='in each round')
    parser.add_argument('--seed', type=int, default=int(time.time()), help='of the first round')
    given = parser.parse_args(arguments)
    end = time.monotonic() + given.seconds
    for seed in range(given.seed, given.seed + given.rounds):
        for kind in given.kinds:
            if time.monotonic() > end:
                return 0
            one = Round(kind, seed, some_faults(SITES[kind], seed, given.faults))
            with tempfile.TemporaryDirectory(prefix='dara-history-') as directory:
                found = _run(one, Path(directory))
            print(f'{kind}, seed {seed}: {one.history.summary}', flush=True)
            if found:
                print('\n'.join([*one.history.lines(), *found]))
                return 1
    return 0


def _run(one: Round, directory: Path) -> list[str]:
    try:
        return asyncio.run(one.run(directory))
    except Exception:
        return [traceback.format_exc()]


if __name__ == '__main__':
    sys.exit(main())
