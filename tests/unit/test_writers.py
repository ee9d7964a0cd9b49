"""Author numbers: pure functions of writers, so that every process gives a tab the same one."""

from __future__ import annotations

import subprocess
import sys
from itertools import product

from dara.core.persistence.changelog import Writer

PRINT = "from dara.core.persistence.changelog import Writer; print(Writer('ann', 'tab', 'notes', 'room').author)"


def test_every_process_gives_a_writer_the_same_number() -> None:
    """S2: a change that another process has committed is recognised by its author, and by nobody else."""
    elsewhere = subprocess.run([sys.executable, '-c', PRINT], capture_output=True, text=True, check=True).stdout
    assert int(elsewhere) == Writer('ann', 'tab', 'notes', 'room').author


def test_writers_differ_in_their_numbers() -> None:
    """S2: so do those whose names are alike, or hold anything that a browser may send."""
    names = ['', 'a', 'b', 'ab', "'", '\0', '\ud800', 'None']
    writers = [Writer(*each) for each in product(names, names, names, [None, *names])]
    numbers = {writer.author for writer in writers}
    assert len(numbers) == len(writers)
    assert all(0 < number < 2**53 for number in numbers)
