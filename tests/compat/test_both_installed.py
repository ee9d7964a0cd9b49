"""The original's distributions beside this one: they share the import package, and so overwrite each other's files."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import click
import pytest

from tests.repeats import repeated
from tests.wheels import wheel_of_checkout
from tools.wheel import ROOT

FILES = {
    'dara-core': {
        'dara/core/__init__.py': 'Variable = object',
        'dara/core/cli.py': 'def cli(): print("the original is started")',
        'dara/core/router/__init__.py': '',
        'dara_core-1.0.dist-info/entry_points.txt': '[console_scripts]\ndara = dara.core.cli:cli\n',
    },
    'dara-components': {'dara/components/__init__.py': ''},
}
"""The files that matter of the original's distributions."""
ORIGINALS, OURS = list(FILES), ['dara-live']
WAY_OUT = 'pip uninstall -y dara-core dara-components && pip install --force-reinstall --no-deps dara-live'
BOTH = f'ImportError: dara-live and dara-core are both installed, and each overwrites files of the other. ' \
    f'To use dara-live: {WAY_OUT}'  # fmt: skip
LACKING = (
    'ImportError: dara-live lacks files, which uninstalling dara-core removes. '
    'To restore them: pip install --force-reinstall --no-deps dara-live'
)


def write_wheel(folder: Path, name: str, files: dict[str, str]) -> None:
    """Write a wheel with some Python files."""
    module = name.replace('-', '_')
    info = f'{module}-1.0.dist-info'
    contents = {
        **files,
        f'{info}/METADATA': f'Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n',
        f'{info}/WHEEL': 'Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    }
    record = ''.join(f'{path},,\n' for path in [*contents, f'{info}/RECORD'])
    with zipfile.ZipFile(folder / f'{module}-1.0-py3-none-any.whl', 'w') as wheel:
        for path, text in {**contents, f'{info}/RECORD': record}.items():
            wheel.writestr(path, text)


@pytest.fixture(scope='module')
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wheel of each distribution."""
    folder = tmp_path_factory.mktemp('wheels')
    shutil.copy(wheel_of_checkout(tmp_path_factory), folder)
    for name, files in FILES.items():
        write_wheel(folder, name, files)
    return folder


class Environment:
    """A virtual environment, whose pip installs from a folder of wheels alone."""

    def __init__(self, folder: Path, wheels: Path) -> None:
        self._folder = folder
        self._programs = folder / 'bin'
        subprocess.run([sys.executable, '-m', 'venv', '--without-pip', str(folder)], check=True)
        clean = {name: value for name, value in os.environ.items() if not name.startswith(('PYTHON', 'PIP_', 'DARA_'))}
        self._environment = {**clean, 'PIP_NO_INDEX': '1', 'PIP_NO_COMPILE': '1', 'PIP_FIND_LINKS': str(wheels)}

    def pip(self, *arguments: str) -> None:
        command = [sys.executable, '-m', 'pip', '--python', str(self._programs / 'python'), *arguments]
        subprocess.run(command, check=True, capture_output=True, env=self._environment)

    def install(self, *names: str) -> None:
        self.pip('install', '--no-deps', *names)

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment, with our dependencies."""
        path = {'PYTHONPATH': str(Path(click.__file__).parent.parent)}
        command = [str(self._programs / program), *arguments]
        return subprocess.run(
            command, cwd=self._folder, env={**self._environment, **path}, capture_output=True, text=True
        )

    def follow(self, advice: str) -> None:
        """Run the commands of an advice."""
        for command in advice.split(' && '):
            pip, *arguments = command.split()
            assert pip == 'pip'
            self.pip(*arguments)

    def has(self, program: str) -> bool:
        return (self._programs / program).exists()


@pytest.fixture
def environment(tmp_path: Path, wheels: Path) -> Environment:
    return Environment(tmp_path / 'environment', wheels)


def last_line(ended: subprocess.CompletedProcess[str]) -> str:
    assert ended.returncode == 1, ended
    return ended.stderr.splitlines()[-1]


def assert_it_works(environment: Environment) -> None:
    assert 'Serve the app' in environment.run('dara', 'start', '--help').stdout
    imported = environment.run('python', '-c', 'import dara.core, dara.components; print(dara.core.Variable)')
    assert imported.stdout == "<class 'dara.core.variables.Variable'>\n", imported.stderr


@pytest.mark.parametrize(
    'order', [pytest.param((OURS, ORIGINALS), id='original last'), repeated((ORIGINALS, OURS), id='ours last')]
)
def test_both_are_reported_with_the_way_out(environment: Environment, order: tuple[list[str], list[str]]) -> None:
    """Also by the original's own command, which has overwritten ours if it was installed last."""
    for names in order:
        environment.install(*names)
    assert last_line(environment.run('dara', 'start')) == BOTH
    assert last_line(environment.run('python', '-c', 'from dara.components import Text')) == BOTH
    environment.pip('install', '--force-reinstall', '--no-deps', *order[0])  # as an upgrade does
    assert last_line(environment.run('python', '-c', 'import dara.core')) == BOTH
    environment.follow(WAY_OUT)
    assert_it_works(environment)


def test_files_that_went_are_reported(environment: Environment) -> None:
    """The command `dara` went with the files of the original, too; it comes back with them."""
    environment.install(*ORIGINALS)
    environment.install(*OURS)
    environment.pip('uninstall', '-y', *ORIGINALS)
    assert not environment.has('dara')
    assert last_line(environment.run('python', '-c', 'import dara.core')) == LACKING
    environment.follow(LACKING.partition('restore them: ')[2])
    assert_it_works(environment)
    leave_the_original_alone(environment)


def leave_the_original_alone(environment: Environment) -> None:
    """Check that nothing of ours stays where it was uninstalled; the original needs its files anew."""
    environment.install(*ORIGINALS)
    environment.pip('uninstall', '-y', *OURS)
    environment.pip('install', '--force-reinstall', '--no-deps', *ORIGINALS)
    assert environment.run('dara').stdout == 'the original is started\n'


def test_the_docs_say_the_same() -> None:
    text = re.sub(r'\s+', ' ', (ROOT / 'docs' / 'starting.md').read_text())
    assert BOTH.partition('. ')[0].removeprefix('ImportError: ') in text
    assert all(command in text for command in WAY_OUT.split(' && '))
