"""The command `dara` with a clock of its own, which is set by the file `clock` in the present directory.

The file has the seconds by which this clock differs from that of the machine.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Final

CLOCK: Final = 'clock'
_FILE: Final = Path(CLOCK).absolute()
_MACHINE_TIME: Final = time.time


def _time() -> float:
    with suppress(OSError, ValueError):  # there is no file, or a half of one
        return _MACHINE_TIME() + float(_FILE.read_text())
    return _MACHINE_TIME()


if __name__ == '__main__':
    time.time = _time  # before anything else is imported that may keep the function

    from dara.cli import main

    main(prog_name='dara')
