"""A test of a wheel in an empty environment, as users install it: `python -m tools.wheel dist/NAME.whl`."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from typing import Any, Final, TypeAlias
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

ROOT: Final = Path(__file__).parent.parent
STATIC: Final = 'dara/core/_static/'
MANIFEST: Final = f'{STATIC}manifest.json'
ENTRY: Final = 'src/main.tsx'
Command: TypeAlias = Sequence[str | os.PathLike[str]]
PATIENCE: Final = 60
"""Seconds that a server may take to start, to answer and to stop."""

APP: Final = """
from dara.components import Input
from dara.core import ConfigurationBuilder, Variable
from dara.core.persistence import BackendStore

config = ConfigurationBuilder()
config.add_page('Note', content=Input(value=Variable('installed', store=BackendStore()), label='Note'))
"""
IMPORT: Final = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(importlib.import_module('dara').__file__)
"""
DATABASES: Final = {'postgres': 'PostgresBackend', 'redis': 'RedisBackend', 'sqlite': 'SQLiteBackend'}
"""The extras with backends over databases."""
BACKEND: Final = """
import sys
from dara.core import persistence
try:
    getattr(persistence, sys.argv[1])(sys.argv[2])
except Exception as error:
    print(error)
"""
DATABASE: Final = """
import asyncio
from importlib.resources import files
from dara.core.persistence import SQLiteBackend

async def main():
    backend = SQLiteBackend('data.db')
    await backend.write('key', 'stored')
    print(await backend.read('key'), *(file.name for file in files('dara.core.persistence.databases').iterdir()))
    await backend.close()

asyncio.run(main())
"""
WHERE_TO_LOOK: Final = 'The server is in src/dara/core/_server: see routes.py and assets.py.'
LINKED: Final = re.compile(r'(?:src|href)="([^"]+\.(?:js|css))"')


class NotReady(Exception):
    """A reason not to release, with the remedy."""


def missing_files(names: Collection[str], manifest: Mapping[str, Any]) -> list[str]:
    """Return the required files that a wheel lacks; `manifest` is that of the client in it."""
    built = [STATIC + file for chunk in manifest.values() for file in (chunk['file'], *chunk.get('css', ()))]
    return sorted({'dara/py.typed', MANIFEST, *built} - set(names))


def check_files(wheel: Path) -> None:
    """Check that a wheel contains the complete built client, and none of its sources.

    Raises:
        NotReady: files are missing, or should not be there.
    """
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        manifest = json.loads(archive.read(MANIFEST)) if MANIFEST in names else {}
    missing = missing_files(names, manifest)
    if missing:
        raise NotReady(f'{wheel.name} lacks {", ".join(missing)}. Build the client anew: make clean build.')
    if ENTRY not in manifest:
        raise NotReady(f'the client in {wheel.name} has no {ENTRY}. See `input` in client/vite.config.ts.')
    sources = [name for name in names if 'node_modules' in name or name.endswith(('.ts', '.tsx'))]
    if sources:
        raise NotReady(f'{wheel.name} contains {", ".join(sources)}. Exclude them in pyproject.toml.')


def try_out(wheel: Path) -> None:
    """Install a wheel into an empty environment outside the checkout, import all documented modules, and serve an app.

    Raises:
        NotReady: one of these steps fails.
    """
    with TemporaryDirectory(prefix='dara-wheel-') as name:
        folder = Path(name)
        programs = folder / 'environment' / 'bin'
        venv = [sys.executable, '-m', 'venv', '--without-pip', 'environment']
        _run(venv, folder, 'Install Python with its venv module.')
        remedy = 'See the dependencies in pyproject.toml, and whether pip can reach them.'
        _run([*_install(programs), wheel.resolve()], folder, remedy)
        _check_imports(programs, folder)
        usage = _run([programs / 'dara', '--help'], folder, 'See [project.scripts] in pyproject.toml.')
        if 'start' not in usage:
            raise NotReady(f'`dara --help` does not name `start`, but says:\n{usage}\nSee src/dara/cli.')
        _check_page(programs, folder)
        _check_databases(programs, folder, wheel.resolve())


def documented_modules() -> list[str]:
    """Return the names of the modules that have a page in docs/reference."""
    return sorted(page.stem for page in (ROOT / 'docs' / 'reference').glob('dara.*.md'))


def _install(programs: Path) -> list[str | Path]:
    """Return the start of a command that installs packages, without the byte code of modules that nobody imports."""
    return [
        sys.executable,
        '-m',
        'pip',
        '--python',
        programs / 'python',
        'install',
        '--quiet',
        '--disable-pip-version-check',
        '--no-compile',
    ]


def _check_imports(programs: Path, folder: Path) -> None:
    command: Command = [programs / 'python', '-I', '-c', IMPORT, *documented_modules()]
    imported = _run(command, folder, 'See which file or dependency the wheel lacks.').strip()
    if not Path(imported).is_relative_to(folder.resolve()):
        raise NotReady(f'`dara` was imported from {imported}, not from the wheel. Uninstall it from there.')


def _check_databases(programs: Path, folder: Path, wheel: Path) -> None:
    """Check that a backend names the extra that it lacks, and that the extras have all that the backends need."""

    def construct(extra: str) -> str:
        address = 'data.db' if extra == 'sqlite' else f'{extra.replace("postgres", "postgresql")}://localhost/0'
        command: Command = [programs / 'python', '-I', '-c', BACKEND, DATABASES[extra], address]
        return _run(command, folder, f'See src/dara/core/persistence/databases/{extra}.py.').strip()

    for extra in ('postgres', 'redis'):  # Python has an SQLite of its own
        if f"pip install 'dara-live[{extra}]'" not in (said := construct(extra)):
            raise NotReady(f'{DATABASES[extra]} does not name the extra that it lacks, but says: {said}')
    _run([*_install(programs), f'{wheel}[{",".join(DATABASES)}]'], folder, 'See the extras in pyproject.toml.')
    for extra in DATABASES:
        if said := construct(extra):
            raise NotReady(f'{DATABASES[extra]} cannot be used with the extra {extra}: {said}')
    stored, *names = _run([programs / 'python', '-I', '-c', DATABASE], folder, 'See the files of the wheel.').split()
    if stored != 'stored' or not {'postgres.sql', 'redis.lua', 'redis_write.lua'} <= set(names):
        raise NotReady(f'the wheel lacks files of the databases, or SQLiteBackend does not work: {stored} {names}')


def _check_page(programs: Path, folder: Path) -> None:
    (folder / 'app.py').write_text(APP)
    with _served([programs / 'dara', 'start', '--config', 'app:config', '--port', '0'], folder) as url:
        page = _fetch(url)
        if '"value":"installed"' not in page:
            raise NotReady(f'the page of a new app lacks its value. {WHERE_TO_LOOK} The page is:\n{page}')
        files = LINKED.findall(page)
        if not files:
            raise NotReady(f'the page of a new app names no script. {WHERE_TO_LOOK} The page is:\n{page}')
        for file in files:
            _fetch(url + file)


@contextmanager
def _served(command: Command, folder: Path) -> Iterator[str]:
    """Run a server on a free port of 127.0.0.1, and stop it at the end."""
    process = subprocess.Popen(
        command, cwd=folder, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    late = Timer(PATIENCE, process.kill)
    late.start()
    try:
        yield _address(process)
    finally:
        process.terminate()
        process.communicate()
        late.cancel()
    if process.returncode:
        raise NotReady(f'`dara start` ended with the code {process.returncode}. See src/dara/cli.')


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    said = ''
    for line in process.stdout:
        said += line
        found = re.search(r'http://127\.0\.0\.1:\d+', line)
        if found:
            return found.group()
    raise NotReady(f'`dara start` named no address within {PATIENCE} s. See src/dara/cli. It said:\n{said}')


def _fetch(url: str) -> str:
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=PATIENCE) as answer:
            status, body = answer.status, answer.read().decode()
    except URLError as error:
        raise NotReady(f'{url} cannot be fetched: {error}. {WHERE_TO_LOOK}') from error
    if status != 200:
        raise NotReady(f'{url} is answered with {status}, not with 200. {WHERE_TO_LOOK}')
    return str(body)


def _run(command: Command, folder: Path, remedy: str) -> str:
    ended = subprocess.run(
        command, cwd=folder, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if ended.returncode:
        raise NotReady(f'{shlex.join(map(str, command))} failed:\n{ended.stdout.strip()}\n{remedy}')
    return ended.stdout


def _environment() -> dict[str, str]:
    """Return the environment variables, without those that change where Python or an app looks for files."""
    return {name: value for name, value in os.environ.items() if not name.startswith(('PYTHON', 'DARA_', 'VIRTUAL_'))}


def main(wheels: Sequence[str]) -> None:
    if len(wheels) != 1 or not Path(wheels[0]).is_file():
        sys.exit('Name one wheel that is there: python -m tools.wheel dist/NAME.whl; `make build` makes one.')
    try:
        check_files(Path(wheels[0]))
        try_out(Path(wheels[0]))
    except NotReady as error:
        sys.exit(f'{wheels[0]}: {error}')
    print(f'{wheels[0]} works in an empty environment.')


if __name__ == '__main__':
    main(sys.argv[1:])
