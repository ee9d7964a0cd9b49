"""The processes that serve one app together on this machine."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Final

FOLDER: Final = 'DARA_WORKERS_FOLDER'
"""The variable with the temporary folder of the workers, which their parent makes and removes."""
WORKERS: Final = 'DARA_WORKERS'
"""The variable with the number of processes that serve the app."""
SERVERS: Final = ('gunicorn', 'uvicorn', 'hypercorn')
"""The programs whose children serve one app together."""


def workers_folder() -> Path | None:
    """Return the temporary folder of the workers that serve the app on this machine, if there are several."""
    given = os.environ.get(FOLDER)
    return Path(given) if given else None


def is_alone() -> bool:
    """Return whether this process is the only one on this machine that serves the app, as far as `dara start` knows."""
    return os.environ.get(WORKERS, '1') in ('', '1')


class OnlyWorker:
    """The place of the only child of gunicorn, uvicorn or hypercorn that serves apps with values of its own.

    It is a name of the system, which nobody else can take until this process ends. Other programs, and other systems
    than Linux, do not tell that several processes serve an app: there, everybody gets the place.
    """

    def __init__(self) -> None:
        self._name: socket.socket | None = None

    def claim(self) -> str | None:
        """Take the place, unless this process has it; return who has it instead."""
        parent = os.getppid()
        if self._name or sys.platform != 'linux' or not _is_server(_command(parent)):
            return None
        name = socket.socket(socket.AF_UNIX)
        try:
            name.bind(f'\0dara-worker-{os.getuid()}-{parent}')
        except OSError:
            name.close()
            return f'another worker of process {parent} ({" ".join(_command(parent))[:200]})'
        self._name = name
        return None


ONLY_WORKER: Final = OnlyWorker()


def _command(pid: int) -> list[str]:
    """Return the words of the command of a process; none if the system does not tell."""
    try:
        content = Path(f'/proc/{pid}/cmdline').read_bytes()
    except OSError:
        return []
    return content.decode(errors='replace').rstrip('\0').split('\0')


def _is_server(command: list[str]) -> bool:
    """Return whether a command is `gunicorn ...`, `python .../gunicorn ...` or `python -m gunicorn ...`."""
    words = [word.partition(':')[0].rpartition('/')[2] for word in command[:3]]
    return any(word in SERVERS for word in words[:2]) or (words[1:2] == ['-m'] and words[-1] in SERVERS)
