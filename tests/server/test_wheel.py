"""Tests of the package as users install it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.wheel import ROOT, check_files, try_out


def build_wheel(source: Path, into: Path, **environment: str) -> Path:
    """Build in an isolated environment, as pip does."""
    command = [sys.executable, '-m', 'pip', 'wheel', '--quiet', '--no-deps', '--wheel-dir', str(into), str(source)]
    subprocess.run(command, check=True, env={**os.environ, **environment})
    (wheel,) = into.glob('*.whl')
    return wheel


def copy_sources(into: Path) -> Path:
    """Copy the files that git tracks or would track."""
    listed = subprocess.run(
        ['git', 'ls-files', '--cached', '--others', '--exclude-standard'],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in listed.stdout.splitlines():
        if (ROOT / name).exists():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, into / name)
    return into


def path_without_node(folder: Path) -> str:
    """Return a PATH with the programs that pip and the build need, and no Node."""
    folder.mkdir()
    for program in ('sh', 'env', 'dirname', 'uname', 'sed'):
        found = shutil.which(program)
        if found:
            (folder / program).symlink_to(found)
    return str(folder)


def test_the_wheel_alone_runs_an_app(tmp_path: Path) -> None:
    """Built from the sources on a machine without Node; an empty environment, `pip install`, `dara start`."""
    source = copy_sources(tmp_path / 'clone')
    wheel = build_wheel(source, tmp_path / 'dist', PATH=path_without_node(tmp_path / 'bin'))
    check_files(wheel)
    try_out(wheel)
