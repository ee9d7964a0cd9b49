"""The wheel of this checkout, which all workers of the tests build together once."""

from __future__ import annotations

import os
import subprocess
import sys
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest

from tools.wheel import ROOT


def wheel_of_checkout(directories: pytest.TempPathFactory) -> Path:
    """Return the wheel; the first worker that needs it builds it, with the client that is built already."""
    own = directories.getbasetemp()
    folder = (own.parent if 'PYTEST_XDIST_WORKER' in os.environ else own) / 'wheel'
    folder.mkdir(exist_ok=True)
    with (folder / 'lock').open('w') as lock:
        flock(lock, LOCK_EX)
        if not list(folder.glob('*.whl')):
            command = [sys.executable, '-m', 'build', '--wheel', '--no-isolation', '--outdir', str(folder), str(ROOT)]
            subprocess.run(command, check=True, capture_output=True)
    (wheel,) = folder.glob('*.whl')
    return wheel
