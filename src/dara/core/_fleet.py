"""The processes that serve one app together."""

from __future__ import annotations

import os
from typing import Final

WORKERS: Final = 'DARA_WORKERS'
"""The variable with the number of processes that serve the app."""


def is_alone() -> bool:
    """Return whether this process is the only one on this machine that serves the app."""
    return os.environ.get(WORKERS, '1') in ('', '1')
