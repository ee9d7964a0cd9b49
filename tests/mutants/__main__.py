"""Breaks a copy of the project in one place after the other, and sees the named test fail each time.

`python -m tests.mutants` tries all of them; with words, those whose names have one of the words in them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from hatch_build import find_node
from tests.mutants.client import CLIENT
from tests.mutants.mutant import Mutant
from tests.mutants.server import SERVER

ROOT: Final = Path(__file__).parent.parent.parent
COPIED: Final = ('src', 'tests', 'client', 'hatch_build.py', 'pyproject.toml')
SECONDS: Final = 300


def main(words: Sequence[str]) -> int:
    chosen = [each for each in (*SERVER, *CLIENT) if not words or any(word in each.name for word in words)]
    with tempfile.TemporaryDirectory(prefix='dara-mutants-') as directory:
        copy = Path(directory)
        _copy(copy)
        survivors = [mutant.name for mutant in chosen if not _is_caught(mutant, copy)]
        sound = [test for test in _tests(chosen) if not _passes(test, copy)] if not survivors else []
    for name in survivors:
        print(f'SURVIVED: {name}')
    for test in sound:
        print(f'FAILS ANYWAY: {test}')
    print(f'{len(chosen) - len(survivors)} of {len(chosen)} breaks were caught')
    return 1 if survivors or sound else 0


def _copy(target: Path) -> None:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            leave_out = shutil.ignore_patterns('node_modules', '__pycache__', '.*_cache')
            shutil.copytree(source, target / name, ignore=leave_out)
        else:
            shutil.copy(source, target / name)
    (target / 'client/node_modules').symlink_to(ROOT / 'client/node_modules')


def _is_caught(mutant: Mutant, copy: Path) -> bool:
    file = copy / mutant.file
    original = file.read_text()
    if original.count(mutant.text) != 1:
        print(f'NOT FOUND  {mutant.name}: its text is {original.count(mutant.text)} times in {mutant.file}')
        return False
    file.write_text(original.replace(mutant.text, mutant.instead))
    try:
        run = _run(mutant.test, copy)
    finally:
        file.write_text(original)
    is_caught = run.returncode == 1 and mutant.test.rpartition('::')[2] in run.stdout
    print(f'{"caught    " if is_caught else "SURVIVED  "} {mutant.name}, by {mutant.test}', flush=True)
    if not is_caught:
        print(run.stdout[-2000:] + run.stderr[-1000:])
    return is_caught


def _tests(mutants: Iterable[Mutant]) -> list[str]:
    return sorted({mutant.test for mutant in mutants})


def _passes(test: str, copy: Path) -> bool:
    """Whether the test passes where nothing is broken: one that always fails catches nothing."""
    return _run(test, copy).returncode == 0


def _run(test: str, copy: Path) -> subprocess.CompletedProcess[str]:
    file, _, name = test.partition('::')
    if file.endswith('.py'):
        command = [sys.executable, '-m', 'pytest', test, '-x', '-p', 'no:cacheprovider', '--tb=line']
        directory = copy
    else:
        vitest = str(ROOT / 'client/node_modules/vitest/vitest.mjs')
        directory = copy / 'client'
        command = [str(find_node()), vitest, 'run', str(Path(file).relative_to('client')), '-t', _pattern(name)]
    environment = {**os.environ, 'PYTHONPATH': f'{copy / "src"}{os.pathsep}{copy}', 'NO_COLOR': '1'}
    return subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )


def _pattern(name: str) -> str:
    """A regular expression that matches the name of a test."""
    return ''.join(f'\\{each}' if each in '.*+?()[]{}^$|' else each for each in name)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
