"""The systems under measurement: the command of each, with a given port, in the directory of its app.

An app has one file for Dara in `apps`, and one for each peer in `peers`, written as its documentation suggests.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from benchmarks.options import Options

HERE: Final = Path(__file__).parent
PEERS: Final = {
    'dara-core': ('dara-core==1.30.0', 'dara-components==1.30.0'),
    'nicegui': ('nicegui==3.18.0',),
    'dash': ('dash==4.4.1', 'dash-ag-grid==35.3.0', 'gunicorn==27.0.1'),
    'streamlit': ('streamlit==1.67.0',),
}
"""The environments of the peers, with the distributions that a user of any app installs."""
EXTRAS: Final = {
    'nicegui': ('pandas==3.1.1', 'pyarrow==26.0.1', 'plotly==7.1.0'),
    'dash': ('pandas==3.1.1', 'pyarrow==26.0.1'),
    'streamlit': ('plotly==7.1.0',),
}
"""Further distributions, for the apps with large data and with charts."""
SHARED_APPS: Final = ('functions', 'large_table', 'thousand', 'texts')
"""The apps of Dara that the original runs as they are."""


@dataclass(frozen=True, slots=True)
class System:
    """A server of an app, run by `python`; `distributions` are the ones that a user installs for it."""

    name: str
    app: Path
    command: Callable[[int], list[str]]
    python: Path
    distributions: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()

    def given(self, **environment: str) -> System:
        """Return the system with more environment variables."""
        return replace(self, environment=(*self.environment, *environment.items()))


def contenders(options: Options, app: str) -> list[System]:
    """Return Dara, its other checkouts, and the peers if they are measured, each with that app."""
    return [ours(app), *checkouts(options, app), *peers(options, app)]


def peers(options: Options, app: str = 'text') -> list[System]:
    """Return the peers with that app, if they are measured."""
    return [each(options.peers, app) for each in (original, nicegui, dash, streamlit)] if options.peers else []


def checkouts(options: Options, app: str = 'text') -> list[System]:
    """Return Dara from each other checkout; its name is that of the directory."""
    return [replace(ours(app), name=each.name).given(PYTHONPATH=str(each / 'src')) for each in options.against]


def ours(app: str = 'text') -> System:
    """Return Dara, as installed for the interpreter that runs the benchmarks."""
    return System('dara', HERE / 'apps' / f'{app}.py', _dara(app), Path(sys.executable), ('dara-live',))


def example(name: str = 'together') -> System:
    """Return Dara with one of its examples."""
    return System('dara', HERE.parent / 'examples' / f'{name}.py', _dara(name), Path(sys.executable), ('dara-live',))


def floor() -> System:
    """Return an app that sends every message to all sockets, and does nothing else."""
    app = HERE / 'apps' / 'floor.py'
    return System('floor', app, lambda port: [sys.executable, 'floor.py', str(port)], Path(sys.executable), ())


def original(peers: Path, app: str = 'text') -> System:
    """Return the original, without its optional features; most apps for Dara are apps for it, too."""
    module = app if app in SHARED_APPS else f'{app}_original'
    start = ['-c', 'from dara.core.cli import cli; cli()', 'start', '--config', f'{module}:config']
    quiet = ['--host', '127.0.0.1', '--disable-metrics']
    system = _peer('dara-core', peers, module, lambda port: [*start, *quiet, '--port', f'{port}'])
    return replace(system, app=HERE / 'apps' / f'{module}.py') if app in SHARED_APPS else system


def nicegui(peers: Path, app: str = 'text') -> System:
    """Return NiceGUI."""
    return _peer('nicegui', peers, f'{app}_nicegui', lambda port: [f'{app}_nicegui.py', f'{port}'])


def dash(peers: Path, app: str) -> System:
    """Return Dash, served by gunicorn with threads."""
    serve = ['-m', 'gunicorn', '--workers', '1', '--threads', '8', f'{app}_dash:server']
    return _peer('dash', peers, f'{app}_dash', lambda port: [*serve, '--bind', f'127.0.0.1:{port}'])


def streamlit(peers: Path, app: str) -> System:
    """Return Streamlit, without a browser of its own and without its statistics."""
    run = ['-m', 'streamlit', 'run', f'{app}_streamlit.py', '--server.address', '127.0.0.1']
    quiet = ['--server.headless', 'true', '--browser.gatherUsageStats', 'false']
    return _peer('streamlit', peers, f'{app}_streamlit', lambda port: [*run, *quiet, '--server.port', f'{port}'])


def _peer(name: str, peers: Path, app: str, arguments: Callable[[int], list[str]]) -> System:
    python = _environment(peers, name)
    file = HERE / 'peers' / f'{app}.py'
    path = (('PYTHONPATH', ''),)  # without the packages of this project
    return System(name, file, lambda port: [str(python), *arguments(port)], python, PEERS[name], path)


def _dara(module: str) -> Callable[[int], list[str]]:
    script = Path(sys.executable).parent / 'dara'
    start = [str(script)] if script.exists() else [sys.executable, '-c', 'from dara.cli import main; main()']
    return lambda port: [*start, 'start', '--config', f'{module}:config', '--port', str(port)]


def _environment(peers: Path, name: str) -> Path:
    """Return the interpreter of a peer's environment; create it if needed, or with other versions."""
    directory = (peers / name).absolute()
    python, installed = directory / 'bin' / 'python', directory / 'installed'
    distributions = (*PEERS[name], *EXTRAS.get(name, ()))
    wanted = ' '.join(distributions)
    if not installed.exists() or installed.read_text() != wanted:
        subprocess.run([sys.executable, '-m', 'venv', directory], check=True)
        subprocess.run([python, '-m', 'pip', 'install', '--quiet', *distributions], check=True)
        installed.write_text(wanted)
    return python
