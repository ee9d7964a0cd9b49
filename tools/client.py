"""A runner of the client's npm scripts, with the Node of the build: `python tools/client.py check`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))


def main(script: str) -> int:
    from hatch_build import find_node, npm

    node = find_node()
    path = os.pathsep.join([str(node.parent), os.environ['PATH']])
    environment = {**os.environ, 'PATH': path}
    if not (ROOT / 'client/node_modules').exists():
        subprocess.run([*npm(node), 'ci', '--no-audit', '--no-fund'], cwd=ROOT / 'client', env=environment, check=True)
    return subprocess.run([*npm(node), 'run', '--silent', script], cwd=ROOT / 'client', env=environment).returncode


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
