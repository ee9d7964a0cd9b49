"""The processes that serve one app together."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

FOLDER: Final = 'DARA_WORKERS_FOLDER'
"""The variable with the temporary folder of the workers, which their parent makes and removes."""
WORKERS: Final = 'DARA_WORKERS'
"""The variable with the number of processes that serve the app."""


def shared_folder() -> Path | None:
    """Return the temporary folder of the processes that serve the app on this machine, if there are several."""
    given = os.environ.get(FOLDER)
    return Path(given) if given else None


def is_alone() -> bool:
    """Return whether this process is the only one on this machine that serves the app."""
    return os.environ.get(WORKERS, '1') in ('', '1')
