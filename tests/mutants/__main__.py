"""The command that breaks a copy of the project in one place after the other, and sees the named test fail each time.

`python -m tests.mutants` tries all of them; with words, those whose names have one of the words in them. With `--list`
it runs no test, and only looks for the place of each.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from hatch_build import find_node
from tests.mutants.every import EVERY
from tests.mutants.mutant import Broken, Mutant, broken

ROOT: Final = Path(__file__).parent.parent.parent
COPIED: Final = ('src', 'tests', 'client', 'hatch_build.py', 'pyproject.toml')
SECONDS: Final = 300


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog='python -m tests.mutants')
    parser.add_argument('words', nargs='*', help='try only the mutants with one of these in their names')
    parser.add_argument('--list', action='store_true', help='only look for the places, and run no test')
    options = parser.parse_args(arguments)
    chosen = [each for each in EVERY if not options.words or any(word in each.name for word in options.words)]
    attempts = broken(chosen, ROOT)
    return _list(attempts) if options.list else _try(attempts)


def _list(attempts: Iterable[Broken]) -> int:
    is_lost = False
    for mutant, source in attempts:
        if isinstance(source, str):
            print(f'{mutant.name}, in {mutant.place}')
        else:
            is_lost = True
            _print_lost(mutant, source)
    return 1 if is_lost else 0


def _try(attempts: Sequence[Broken]) -> int:
    with tempfile.TemporaryDirectory(prefix='dara-mutants-') as directory:
        copy = Path(directory)
        _copy(copy)
        survivors = [mutant.name for mutant, source in attempts if not _is_caught(mutant, source, copy)]
        tests = sorted({mutant.test for mutant, _ in attempts})
        unsound = [test for test in tests if not _passes(test, copy)] if not survivors else []
    for name in survivors:
        print(f'SURVIVED: {name}')
    for test in unsound:
        print(f'FAILS ANYWAY: {test}')
    print(f'{len(attempts) - len(survivors)} of {len(attempts)} breaks were caught')
    return 1 if survivors or unsound else 0


def _copy(target: Path) -> None:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            leave_out = shutil.ignore_patterns('node_modules', '__pycache__', '.*_cache')
            shutil.copytree(source, target / name, ignore=leave_out)
        else:
            shutil.copy(source, target / name)
    (target / 'client/node_modules').symlink_to(ROOT / 'client/node_modules')


def _is_caught(mutant: Mutant, source: str | Exception, copy: Path) -> bool:
    if isinstance(source, Exception):
        _print_lost(mutant, source)
        return False
    file = copy / mutant.file
    original = file.read_text()
    file.write_text(source)
    try:
        run = _run(mutant.test, copy)
    finally:
        file.write_text(original)
    is_caught = run is None or (run.returncode == 1 and mutant.test.rpartition('::')[2] in run.stdout)
    print(f'{"caught    " if is_caught else "SURVIVED  "} {mutant.name}, by {mutant.test}', flush=True)
    if run and not is_caught:
        print(run.stdout[-2000:] + run.stderr[-1000:])
    return is_caught


def _print_lost(mutant: Mutant, why: Exception) -> None:
    print(f'NOT FOUND  {mutant.name}: {why}, in {mutant.place}', flush=True)


def _passes(test: str, copy: Path) -> bool:
    """Return whether the test passes where nothing is broken: one that always fails catches nothing."""
    run = _run(test, copy)
    return run is not None and run.returncode == 0


def _run(test: str, copy: Path) -> subprocess.CompletedProcess[str] | None:
    """Run a test; return `None` if it does not end in time."""
    file, _, name = test.partition('::')
    if file.endswith('.py'):
        command = [sys.executable, '-m', 'pytest', test, '-x', '-p', 'no:cacheprovider', '--tb=line', '-m', '']
        directory = copy
    else:
        vitest = str(ROOT / 'client/node_modules/vitest/vitest.mjs')
        directory = copy / 'client'
        command = [str(find_node()), vitest, 'run', str(Path(file).relative_to('client')), '-t', _pattern(name)]
    environment = {**os.environ, 'PYTHONPATH': f'{copy / "src"}{os.pathsep}{copy}', 'NO_COLOR': '1'}
    with suppress(subprocess.TimeoutExpired):
        return subprocess.run(
            command, cwd=directory, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    return None


def _pattern(name: str) -> str:
    """Return a regular expression that matches the name of a test."""
    return ''.join(f'\\{each}' if each in '.*+?()[]{}^$|' else each for each in name)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
