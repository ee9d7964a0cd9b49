"""The package as a stranger builds and installs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx

from tests.process import AppServer

ROOT = Path(__file__).parent.parent.parent
APP = """
    from dara.components import Input
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore

    config = ConfigurationBuilder()
    config.add_page('Note', content=Input(value=Variable('installed', store=BackendStore()), label='Note'))
"""
PIP = [sys.executable, '-m', 'pip', '--quiet', '--disable-pip-version-check']


def clone(into: Path) -> Path:
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


def path_without_node(directory: Path) -> str:
    """Return a PATH with the few programs that the build needs."""
    directory.mkdir()
    for program in ('sh', 'env', 'dirname', 'uname', 'sed'):
        found = shutil.which(program)
        if found:
            (directory / program).symlink_to(found)
    return str(directory)


def test_a_wheel_built_without_node_runs_an_app(tmp_path: Path) -> None:
    """The build hook takes Node from a package; the wheel contains the built client and needs nothing else."""
    command = [*PIP, 'wheel', '--no-deps', '--wheel-dir', str(tmp_path), str(clone(tmp_path / 'clone'))]
    subprocess.run(command, check=True, env={**os.environ, 'PATH': path_without_node(tmp_path / 'bin')})
    (wheel,) = tmp_path.glob('*.whl')
    names = zipfile.ZipFile(wheel).namelist()
    assert 'dara/py.typed' in names
    assert 'dara/core/_static/manifest.json' in names
    assert not any('node_modules' in name or name.endswith(('.ts', '.tsx')) for name in names)
    programs = tmp_path / 'environment/bin'
    subprocess.run([sys.executable, '-m', 'venv', '--without-pip', str(programs.parent)], check=True)
    subprocess.run([*PIP, '--python', str(programs / 'python'), 'install', str(wheel)], check=True)
    directory = tmp_path / 'app'
    directory.mkdir()
    server = AppServer(directory, APP, command=[str(programs / 'dara')]).start()
    try:
        html = httpx.get(server.url).text
        assert '"value":"installed"' in html
        script = html.split('type="module" src="')[1].split('"')[0]
        assert httpx.get(server.url + script).status_code == 200
    finally:
        assert server.stop() == 0
