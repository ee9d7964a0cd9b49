"""The client's real TypeScript in a process of its own, reached by lines of JSON.

Tabs live there, each with its Socket, Replicas and Replica; `client/tests/stdio.ts` is the other side.
Time passes there only when a test says so, so a run can be repeated.
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from hatch_build import find_node, npm

CLIENT = Path(__file__).parent.parent.parent / 'client'
Event: TypeAlias = list[Any]
Call: TypeAlias = tuple[str, dict[str, Any]]


class Browsers:
    """Many tabs in one process. `ask` makes calls there, and adds the acts of the tabs to `events`."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._process = subprocess.Popen(command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, *calls: Call) -> list[dict[str, Any]]:
        """Make calls, and return their results: `{'value': ...}`, where there is one, or `{'error': ...}`."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(orjson.dumps(calls) + b'\n')
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, 'the tabs have ended'
        answer = orjson.loads(line)
        self.events += answer['events']
        results: list[dict[str, Any]] = answer['results']
        return results

    def tell(self, name: str, **argument: Any) -> Any:
        """Make a call that must not fail, and return its value."""
        result = self.ask((name, argument))[0]
        assert 'error' not in result, result
        return result.get('value')

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


def command(*arguments: str) -> list[str]:
    """Return the command that starts them."""
    return [str(find_node()), str(_bundle()), *arguments]


@functools.cache
def _bundle() -> Path:
    """Bundle the client's code and `stdio.ts` into one script."""
    node = find_node()
    if not (CLIENT / 'node_modules').exists():
        subprocess.run([*npm(node), 'ci', '--no-audit', '--no-fund'], cwd=CLIENT, check=True)
    directory = Path(tempfile.mkdtemp(prefix='dara-proof-'))
    atexit.register(shutil.rmtree, directory)
    (directory / 'package.json').write_text('{"type": "module"}')
    vite = [str(node), 'node_modules/vite/bin/vite.js', 'build', '--ssr', 'tests/stdio.ts', '--logLevel', 'error']
    environment = {**os.environ, 'VITE_CONFIG_NATIVE_IGNORE_WARNING': 'true'}
    built = subprocess.run(
        [*vite, '--outDir', str(directory), '--sourcemap', 'inline'],
        cwd=CLIENT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return directory / 'stdio.js'
