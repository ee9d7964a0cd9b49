"""A real server process for a test: started on a free port, stopped by its pid."""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE, CompletedProcess, Popen, TimeoutExpired
from textwrap import dedent
from typing import Any, Final

import httpx
import psutil

from tests.forks import Fork, run

APPS: Final = Path(__file__).parent / 'apps'
DARA: Final = [sys.executable, '-m', 'dara.cli']
NO_TLS: Final = False
"""Servers speak plain HTTP; to load the certificates of the machine takes longer than most requests."""
PATIENCE_SECONDS: Final = 30


FIRST_PORT: Final = 10_000
PORTS_OF_WORKER: Final = 2000
"""The ports of each worker of the tests. All are below those that the system gives to outgoing connections."""
_NEXT_PORT: Final = itertools.count(random.SystemRandom().randrange(PORTS_OF_WORKER))


REFUSED_PORTS = {10080}
"""Ports that browsers do not connect to."""


def unused_port() -> int:
    """Return a port that is free, and stays so while its server is stopped for a moment."""
    worker = int(os.environ.get('PYTEST_XDIST_WORKER', 'gw0').removeprefix('gw'))
    while True:
        port = FIRST_PORT + worker % 10 * PORTS_OF_WORKER + next(_NEXT_PORT) % PORTS_OF_WORKER
        if port in REFUSED_PORTS:
            continue
        with socket.socket() as probe, suppress(OSError):
            probe.bind(('127.0.0.1', port))
            return port


def page_data(html: str) -> dict[str, Any]:
    """Return the data that the HTML of a page carries."""
    data: dict[str, Any] = json.loads(html.split('id="dara-page">')[1].split('</script>')[0])
    return data


def start_in_vain(directory: Path, *options: str, config: str = 'app:config') -> CompletedProcess[str]:
    """Run `dara start`, which ends because of a mistake in the app or in the options."""
    return run(['-m', 'dara.cli', 'start', '--config', config, '--port', '0', *options], cwd=directory)


class AppServer:
    """`dara start` in a directory of its own, with a copy of the app as `app.py`.

    Args:
        app: the name of an app in `tests/apps`, or the source text of one.
        command: the program to start; without one the server is a fork, which starts sooner.
        environment: environment variables of the server.
    """

    def __init__(
        self,
        directory: Path,
        app: str,
        *,
        command: list[str] | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.directory = directory
        self.url = ''
        self.environment = environment or {}
        self._command = command
        self._options = ['--port', str(unused_port())]
        self._process: Popen[str] | Fork | None = None
        self.write_app(app)

    def write_app(self, app: str) -> None:
        """Replace the app; a running server keeps the old one."""
        source = (APPS / f'{app}.py').read_text() if app.isidentifier() else dedent(app)
        (self.directory / 'app.py').write_text(source)

    def change_app(self, old: str, new: str) -> None:
        """Replace a text in the app; a running server keeps the old one."""
        file = self.directory / 'app.py'
        source = file.read_text()
        assert old in source
        file.write_text(source.replace(old, new))

    def start(self, *options: str) -> AppServer:
        """Start on the same port as before, and wait until the server says that it listens."""
        arguments = ['start', '--config', 'app:config', *self._options, *options]
        environment = {**os.environ, 'PYTHONUNBUFFERED': '1', 'PYTHONDONTWRITEBYTECODE': '1', **self.environment}
        with (self.directory / 'stderr.log').open('a') as log:
            self._process = (
                Popen(
                    [*self._command, *arguments],
                    cwd=self.directory,
                    env=environment,
                    stdout=PIPE,
                    stderr=log,
                    text=True,
                )
                if self._command
                else Fork(['-m', 'dara.cli', *arguments], cwd=self.directory, env=environment, stderr=log)
            )
        assert self._process.stdout
        line = self._process.stdout.readline()
        found = re.search(r'http://\S+', line)
        assert found, f'the server did not start: {line}{self.log}'
        self.url = found.group()
        self._options = ['--port', self.url.split(':')[2].split('/')[0]]
        return self

    def wait_for_reload(self) -> None:
        """Wait until a server with `--reload` listens again, perhaps on another port."""
        assert self._process
        assert self._process.stdout
        lines = (re.search(r'http://\S+', line) for line in self._process.stdout)
        self.url = next(found.group() for found in lines if found)

    @property
    def log(self) -> str:
        """The text that the server has logged so far."""
        return (self.directory / 'stderr.log').read_text()

    def wait_for_log(self, text: str) -> None:
        """Wait until the server has logged a text; an answer may arrive before that."""
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while text not in self.log:
            assert time.monotonic() < give_up_at, self.log
            time.sleep(0.02)

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def memory(self) -> int:
        """The resident memory of the server, in bytes."""
        return int(psutil.Process(self.pid).memory_info().rss)

    @property
    def socket_url(self) -> str:
        return self.url.replace('http', 'ws', 1) + '/_dara/ws'

    def request(self, method: str, path: str, *, cookie: str = '', **options: Any) -> httpx.Response:
        """Send a request that is no part of a conversation: cookies are not kept, redirects are not followed."""
        name, _, value = cookie.partition('=')
        cookies = {name: value} if cookie else None
        with httpx.Client(cookies=cookies, timeout=PATIENCE_SECONDS, verify=NO_TLS) as client:
            return client.request(method, self.url + path, **options)

    def get(self, path: str, *, cookie: str = '', **options: Any) -> httpx.Response:
        return self.request('GET', path, cookie=cookie, **options)

    def post(self, path: str, *, cookie: str = '', **options: Any) -> httpx.Response:
        return self.request('POST', path, cookie=cookie, **options)

    def client(self, *, timeout: float = PATIENCE_SECONDS, **options: Any) -> httpx.AsyncClient:
        """Return a client for requests that await each other or share cookies."""
        return httpx.AsyncClient(base_url=self.url, timeout=timeout, verify=NO_TLS, **options)

    def page(self, path: str = '/', cookie: str = '') -> dict[str, Any]:
        """Return the data of the page at this address."""
        return page_data(self.get(path, cookie=cookie, follow_redirects=True).text)

    def content(self, path: str = '/', cookie: str = '') -> list[dict[str, Any]]:
        """Return the components of a page, those of its innermost level."""
        page = self.page(path, cookie)
        level = next(each for each in page['routes'] if each['id'] == page['route'])['chain'][-1]
        nodes: list[dict[str, Any]] = page['levels'][level]['nodes']
        return nodes

    def buttons(self, cookie: str = '') -> dict[str, str]:
        """Return the target that each button of the default page calls, by the label of the button."""
        buttons = [node for node in self._children(cookie) if 'onclick' in node['actions']]
        return {node['props']['label']: node['actions']['onclick'][0]['target'] for node in buttons}

    def renderings(self, cookie: str = '') -> list[str]:
        """Return the targets of the py_components of the default page, in order."""
        return [node['render']['target'] for node in self._children(cookie) if 'render' in node]

    def login(self, name: str, password: str) -> str:
        """Log in and return the session cookie, `name=value`."""
        answer = self.post('/login', data={'name': name, 'password': password})
        assert answer.status_code == 303, answer.text
        return answer.headers['set-cookie'].partition(';')[0]

    def stop(self) -> int:
        """Ask the server to stop, wait for its end and return the exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the server without a warning."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Kill the server and start it again."""
        self.kill()
        self.start()

    def _children(self, cookie: str) -> list[dict[str, Any]]:
        children: list[dict[str, Any]] = self.content(cookie=cookie)[0]['slots']['children']
        return children

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        process, self._process = self._process, None
        process.send_signal(number)
        try:
            return process.wait(PATIENCE_SECONDS)
        except (TimeoutError, TimeoutExpired):
            process.send_signal(signal.SIGKILL)
            process.wait()
            raise
        finally:
            assert process.stdout
            process.stdout.close()
