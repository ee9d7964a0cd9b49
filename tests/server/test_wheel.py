"""The package as a stranger installs it."""

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


def build_wheel(source: Path, into: Path, **environment: str) -> Path:
    """Build as pip does: in an environment of its own, with what pyproject.toml asks for."""
    command = [sys.executable, '-m', 'pip', 'wheel', '--quiet', '--no-deps', '--wheel-dir', str(into), str(source)]
    subprocess.run(command, check=True, env={**os.environ, **environment})
    (wheel,) = into.glob('*.whl')
    return wheel


def copy_sources(into: Path) -> Path:
    """The files that git tracks or would track, as in a fresh clone."""
    listed = subprocess.run(
        ['git', 'ls-files', '--cached', '--others', '--exclude-standard'],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in listed.stdout.splitlines():
        if (ROOT / name).exists():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, into / name)
    return into


def test_the_wheel_alone_runs_an_app(tmp_path: Path) -> None:
    """It contains the built client; an empty environment, `pip install`, `dara start`."""
    wheel = build_wheel(ROOT, tmp_path / 'dist')
    names = zipfile.ZipFile(wheel).namelist()
    assert 'dara/py.typed' in names
    assert 'dara/core/_static/manifest.json' in names
    assert not any('node_modules' in name or name.endswith(('.ts', '.tsx')) for name in names)
    environment = tmp_path / 'environment'
    subprocess.run([sys.executable, '-m', 'venv', str(environment)], check=True)
    python = str(environment / 'bin/python')
    subprocess.run([python, '-m', 'pip', 'install', '--quiet', str(wheel)], check=True)
    directory = tmp_path / 'app'
    directory.mkdir()
    server = AppServer(directory, APP, command=[str(environment / 'bin/dara')]).start()
    try:
        html = httpx.get(server.url).text
        assert '"value":"installed"' in html
        script = html.split('type="module" src="')[1].split('"')[0]
        assert httpx.get(server.url + script).status_code == 200
    finally:
        assert server.stop() == 0


def test_a_machine_without_node_builds_the_client_too(tmp_path: Path) -> None:
    """The build hook takes Node from a package."""
    nodeless = ':'.join(str(path) for path in (tmp_path / 'bin', '/nonexistent'))
    (tmp_path / 'bin').mkdir()
    for program in ('sh', 'env', 'dirname', 'uname', 'sed'):
        found = shutil.which(program)
        if found:
            (tmp_path / 'bin' / program).symlink_to(found)
    source = copy_sources(tmp_path / 'clone')
    wheel = build_wheel(source, tmp_path / 'dist', PATH=nodeless)
    assert 'dara/core/_static/manifest.json' in zipfile.ZipFile(wheel).namelist()
