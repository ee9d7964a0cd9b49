"""A real server process for a test: started on a free port, stopped by its pid."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx

DARA = [sys.executable, '-m', 'dara.cli']


class AppServer:
    """`dara start` in a directory of its own, with an `app.py` that the test wrote."""

    def __init__(self, directory: Path, source: str) -> None:
        self.directory = directory
        self.url = ''
        self.environment: dict[str, str] = {}
        self._options = ['--port', '0']
        self._process: subprocess.Popen[str] | None = None
        self.write_app(source)

    def write_app(self, source: str) -> None:
        """Replace the app; a server that runs goes on with the old one."""
        (self.directory / 'app.py').write_text(dedent(source))

    def start(self, *options: str) -> AppServer:
        """Start it, on the port that it had before, and wait until it says that it is there."""
        command = [*DARA, 'start', '--config', 'app:config', *self._options, *options]
        environment = {**os.environ, 'PYTHONUNBUFFERED': '1', 'PYTHONDONTWRITEBYTECODE': '1', **self.environment}
        with (self.directory / 'stderr.log').open('a') as log:
            self._process = subprocess.Popen(
                command, cwd=self.directory, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self._process.stdout
        line = self._process.stdout.readline()
        found = re.search(r'http://\S+', line)
        assert found, f'the server did not start: {line}{self.log}'
        self.url = found.group()
        self._options = ['--port', self.url.split(':')[2].split('/')[0]]
        return self

    def reloaded(self) -> AppServer:
        """Wait until a server with `--reload` says that it is there again, on another port if it chose the first."""
        assert self._process
        assert self._process.stdout
        lines = (re.search(r'http://\S+', line) for line in self._process.stdout)
        self.url = next(found.group() for found in lines if found)
        return self

    @property
    def log(self) -> str:
        return (self.directory / 'stderr.log').read_text()

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def socket_url(self) -> str:
        return self.url.replace('http', 'ws', 1) + '/_dara/ws'

    def page(self, path: str = '/', cookie: str = '') -> dict[str, Any]:
        """Return what the HTML of a page says to the browser."""
        name, _, value = cookie.partition('=')  # a header would be lost at a redirect
        answer = httpx.get(f'{self.url}{path}', cookies={name: value} if cookie else {}, follow_redirects=True)
        page: dict[str, Any] = json.loads(answer.text.split('id="dara-page">')[1].split('</script>')[0])
        return page

    def content(self, path: str = '/', cookie: str = '') -> list[dict[str, Any]]:
        """Return the components that a page consists of, the innermost level's."""
        page = self.page(path, cookie)
        level = next(each for each in page['routes'] if each['id'] == page['route'])['chain'][-1]
        nodes: list[dict[str, Any]] = page['levels'][level]['nodes']
        return nodes

    def login(self, name: str, password: str) -> str:
        """Log in; return the cookie, as a header has it: `httpx.get(..., headers={'cookie': cookie})`."""
        answer = httpx.post(f'{self.url}/login', data={'name': name, 'password': password})
        assert answer.status_code == 303, answer.text
        return answer.headers['set-cookie'].partition(';')[0]

    def stop(self) -> int:
        """Ask it to stop, wait for it, and return its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it without a warning."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> int:
        if self._process is None:
            return 0
        process, self._process = self._process, None
        process.send_signal(how)
        code = process.wait(timeout=20)
        assert process.stdout
        process.stdout.close()
        return code
