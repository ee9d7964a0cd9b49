"""The systems under measurement: the command of each, with a given port, in the directory of its app."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
PEERS: Final = {'dara': ('dara-core', 'dara-components'), 'nicegui': ('nicegui',)}
"""The environments of the peers, with the distributions installed in each."""


@dataclass(frozen=True, slots=True)
class System:
    """A server of one shared text, run by `python`; `distributions` are the ones that a user installs for it."""

    name: str
    app: Path
    command: Callable[[int], list[str]]
    python: Path
    distributions: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()


def ours(app: str = 'text_in_memory') -> System:
    """Return Dara, as installed for the interpreter that runs the benchmarks."""
    return System('dara', HERE / 'apps' / f'{app}.py', _dara(app), Path(sys.executable), ('dara-live',))


def example(name: str = 'together') -> System:
    """Return Dara with one of its examples."""
    return System('dara', HERE.parent / 'examples' / f'{name}.py', _dara(name), Path(sys.executable), ('dara-live',))


def floor() -> System:
    """Return an app that sends every message to all sockets, and does nothing else."""
    app = HERE / 'apps' / 'floor.py'
    return System('floor', app, lambda port: [sys.executable, 'floor.py', str(port)], Path(sys.executable), ())


def original(peers: Path) -> System:
    """Return the original, without its optional features."""
    python = _environment(peers, 'dara')
    command = [str(python.parent / 'dara'), 'start', '--config', 'original:config', '--host', '127.0.0.1']
    return System(
        'dara-core',
        HERE / 'peers' / 'original.py',
        lambda port: [*command, '--port', str(port), '--disable-metrics'],
        python,
        PEERS['dara'],
        (('PYTHONPATH', '.'),),
    )


def nicegui(peers: Path) -> System:
    """Return NiceGUI."""
    python = _environment(peers, 'nicegui')
    app = HERE / 'peers' / 'shared_nicegui.py'
    return System('nicegui', app, lambda port: [str(python), app.name, str(port)], python, PEERS['nicegui'])


def _dara(module: str) -> Callable[[int], list[str]]:
    script = Path(sys.executable).parent / 'dara'
    start = [str(script)] if script.exists() else [sys.executable, '-c', 'from dara.cli import main; main()']
    return lambda port: [*start, 'start', '--config', f'{module}:config', '--port', str(port)]


def _environment(peers: Path, name: str) -> Path:
    """Return the interpreter of a peer's environment; create the environment if needed."""
    directory = (peers / name).absolute()
    python = directory / 'bin' / 'python'
    if not python.exists():
        subprocess.run([sys.executable, '-m', 'venv', directory], check=True)
        subprocess.run([python, '-m', 'pip', 'install', '--quiet', *PEERS[name]], check=True)
    return python
