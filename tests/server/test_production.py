"""Tests of the files of `examples/production`: real proxies in front of real servers."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import psutil
import pytest
import yaml  # type: ignore[import-untyped]
from websockets.exceptions import WebSocketException

from tests.conftest import Serve
from tests.frontend import PRODUCTION, Caddy, Frontend, Nginx
from tests.postgres_server import PostgresServer
from tests.process import DARA, PATIENCE_SECONDS, AppServer
from tests.repeats import repeated
from tests.tab import Tab, connected, splice

PAGE: Final = PRODUCTION.parents[1] / 'docs' / 'production.md'
FIRST_LETTER: Final = 0x4E00
SECONDS_PER_LETTER: Final = 0.02
PING_SECONDS: Final = 20
"""The time after which the server pings an idle tab."""
BELOW_A_PATH: Final = {
    'nginx.conf': ('location / {', 'location /notes/ {'),
    'Caddyfile': ('reverse_proxy {', 'reverse_proxy /notes* {'),
}

Start = Callable[..., Frontend]

behind_each = pytest.mark.parametrize('behind', [Nginx, Caddy], ids=['nginx', 'caddy'], indirect=True)


@pytest.fixture(params=[pytest.param(Nginx, id='nginx'), repeated(Caddy, id='caddy')])
def behind(request: pytest.FixtureRequest, tmp_path: Path) -> Start:
    """A proxy in front of servers, with changes of its file."""

    def made(*servers: AppServer, changes: dict[str, tuple[str, str]] | None = None) -> Frontend:
        addresses = [server.url.split('/')[2] for server in servers]
        proxy: Frontend = request.param(tmp_path / 'proxy', addresses, changes or {})
        return proxy

    return made


def log_in(proxy: Frontend, base: str = '') -> str:
    """Log in through the proxy, check the cookie, and return it."""
    answer = httpx.post(f'{proxy.url}{base}/login', data={'name': 'ann', 'password': 'pw'}, verify=proxy.trust)
    assert answer.status_code == 303
    cookie: str = answer.headers['set-cookie']
    assert cookie.endswith(f'; Path={base or "/"}; HttpOnly; SameSite=Lax; Secure')
    return cookie.partition(';')[0]


@asynccontextmanager
async def tab_behind(proxy: Frontend, cookie: str, base: str = '', **options: Any) -> AsyncIterator[Tab]:
    """Connect a tab through the proxy, as a browser does."""
    address = proxy.url.replace('http', 'ws', 1) + f'{base}/_dara/ws'
    async with connected(address, cookie=cookie, headers={'Origin': proxy.url}, ssl=proxy.trust, **options) as tab:
        yield tab


class Typist:
    """A user who types one letter after the other, reconnects when the connection ends, and sends again.

    Attributes:
        typed: the letters that were acknowledged.
        connections: the number of connections so far.
    """

    def __init__(self, proxy: Frontend, cookie: str) -> None:
        self.typed = ''
        self.connections = 0
        self._proxy, self._cookie = proxy, cookie
        self._client = secrets.token_hex(16)
        self._is_done = False
        self._progress = asyncio.Condition()

    async def __aenter__(self) -> Typist:
        self._task = asyncio.create_task(self._type())
        await self.types(3)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_done = True
        await self._task

    async def types(self, count: int) -> None:
        """Wait until that many more letters are acknowledged."""
        target = len(self.typed) + count
        async with asyncio.timeout(PATIENCE_SECONDS), self._progress:
            await self._progress.wait_for(lambda: len(self.typed) >= target)

    async def stored(self) -> str:
        """Return the text as a new tab sees it."""
        async with tab_behind(self._proxy, self._cookie) as tab:
            text: str = (await tab.subscribe('texts', at='typed'))['value']
        return text

    async def _type(self) -> None:
        while not self._is_done:
            try:
                async with tab_behind(self._proxy, self._cookie, client=self._client) as tab:
                    self.connections += 1
                    await self._type_in(tab)
            except TimeoutError:  # the server is connected, and silent
                raise
            except (WebSocketException, OSError):
                await asyncio.sleep(0.05)  # as a tab does before it tries again

    async def _type_in(self, tab: Tab) -> None:
        at = await tab.subscribe('texts', at='typed')
        if at['receipt']['n'] > len(self.typed):  # stored, and the acknowledgement was lost
            await self._note()
        while not self._is_done:
            n = len(self.typed) + 1
            await tab.edit(at, splice(n - 1, 0, chr(FIRST_LETTER + n)), n=n)
            answer = await tab.receive('change', 'retry', 'reject')
            assert answer['type'] != 'reject', answer
            if answer['type'] == 'change':
                at = {**at, 'version': answer['version']}
                await tab.acknowledge()
                await self._note()
            await asyncio.sleep(SECONDS_PER_LETTER)

    async def _note(self) -> None:
        self.typed += chr(FIRST_LETTER + len(self.typed) + 1)
        async with self._progress:
            self._progress.notify_all()


@behind_each
async def test_an_app_behind_the_proxy(serve: Serve, behind: Start) -> None:
    """Its pages, secure cookies, a websocket, and large messages in both directions."""
    with behind(serve('production')) as proxy:
        redirect = httpx.get(f'{proxy.plain_url}/a?b=c')
        assert redirect.status_code in (301, 308)
        assert re.fullmatch(r'https://localhost(:\d+)?/a\?b=c', redirect.headers['location'])
        cookie = log_in(proxy)
        page = proxy.get('/page', headers={'cookie': cookie})
        assert page.status_code == 200
        assert page.headers['strict-transport-security'] == 'max-age=31536000'
        assert len(page.headers.get_list('content-security-policy')) == 1
        async with tab_behind(proxy, cookie) as idle, tab_behind(proxy, cookie) as tab:
            at = await tab.subscribe('texts', at='large')
            for _ in range(4):
                await tab.edit(at, splice(0, 0, 'x' * 240_000))
                at = {**at, 'version': (await tab.receive('change'))['version']}
            assert len((await idle.subscribe('texts', at='large'))['value']) == 960_000


@behind_each
async def test_an_app_below_a_path(serve: Serve, behind: Start) -> None:
    """With the change that the page names."""
    assert all(new in PAGE.read_text() for _, new in BELOW_A_PATH.values())
    with behind(serve('production', '--base-url', '/notes'), changes=BELOW_A_PATH) as proxy:
        cookie = log_in(proxy, '/notes')
        page = proxy.get('/notes/page', headers={'cookie': cookie})
        (script,) = re.findall('type="module" src="(/notes/.*?)"', page.text)
        assert proxy.get(script).status_code == 200
        async with tab_behind(proxy, cookie, '/notes') as tab:
            await tab.edit(await tab.subscribe('texts', at='typed'), splice(0, 0, 'x'))
            assert (await tab.receive('change'))['version'] == 1


def test_idle_sockets_stay_open() -> None:
    """nginx waits for longer than it takes the server to send something; Caddy waits for ever."""
    hours = re.findall(r'proxy_read_timeout (\d+)h;', (PRODUCTION / 'nginx.conf').read_text())
    assert [int(each) * 3600 > PING_SECONDS for each in hours] == [True]
    assert 'timeout' not in (PRODUCTION / 'Caddyfile').read_text().replace('dial_timeout', '')


async def test_a_restart_loses_no_edit(serve: Serve, behind: Start) -> None:
    """Of the only server, while somebody types."""
    server = serve('production')
    with behind(server) as proxy:
        async with Typist(proxy, log_in(proxy)) as typist:
            assert await asyncio.to_thread(server.stop) == 0
            await asyncio.to_thread(server.start)
            await typist.types(3)
        assert typist.connections >= 2
        assert await typist.stored() == typist.typed


async def test_hosts_are_restarted_one_by_one(serve: Serve, behind: Start, tmp_path: Path) -> None:
    """Without sticky sessions, and without waiting; the load balancer answers every request, also the first sockets."""
    database: dict[str, Any] = {
        'BACKEND': 'SQLiteBackend',
        'DATABASE': str(tmp_path / 'texts.db'),
        'DARA_SECRET': 'one for both hosts',
    }
    servers = [serve('production', **database) for _ in range(2)]
    with behind(*servers) as proxy:
        cookie = log_in(proxy)
        async with Typist(proxy, cookie) as typist:
            for server in servers:
                assert await asyncio.to_thread(server.stop) == 0
                async with AsyncExitStack() as tabs:
                    for _ in range(3):
                        await tabs.enter_async_context(tab_behind(proxy, cookie))
                for _ in range(5):
                    assert (await asyncio.to_thread(proxy.get, '/page', headers={'cookie': cookie})).status_code == 200
                await typist.types(3)
                await asyncio.to_thread(server.start)
        assert await typist.stored() == typist.typed


async def test_workers_are_replaced_one_by_one(behind: Start, tmp_path: Path) -> None:
    """By the commands of the unit; pages are served all the time."""
    unit = unit_of('dara.service', 'workers.conf')
    (tmp_path / 'app').mkdir()
    environment = {'BACKEND': 'SQLiteBackend', 'DATABASE': 'texts.db', **of_unit(unit, tmp_path)}
    server = AppServer(tmp_path / 'app', 'production', command=DARA, environment=environment).start()
    try:
        with behind(server) as proxy:
            cookie = log_in(proxy)
            async with Typist(proxy, cookie) as typist:
                old = await asyncio.to_thread(wait_for_workers, server, int(environment['DARA_WORKERS']))
                command = unit['ExecReload'][0].replace('$MAINPID', str(server.pid))
                subprocess.run(shlex.split(command), check=True)
                async with asyncio.timeout(PATIENCE_SECONDS):
                    while old & (now := workers_of(server)) or len(now) < len(old):
                        page = await asyncio.to_thread(proxy.get, '/page', headers={'cookie': cookie})
                        assert page.status_code == 200
                await typist.types(3)
            assert await typist.stored() == typist.typed
    finally:
        assert server.stop() == 0


def workers_of(server: AppServer) -> set[int]:
    return {child.pid for child in psutil.Process(server.pid).children()}


def wait_for_workers(server: AppServer, count: int) -> set[int]:
    """Wait until a server has that many workers; return their process ids."""
    end = time.monotonic() + PATIENCE_SECONDS
    while len(workers := workers_of(server)) != count:
        assert time.monotonic() < end
        time.sleep(0.02)
    return workers


def unit_of(*names: str) -> dict[str, list[str]]:
    """Return the settings of systemd files, each with all of its values."""
    unit: dict[str, list[str]] = {}
    for name in names:
        for key, value in re.findall(r'^(\w+)=(.*)$', (PRODUCTION / name).read_text(), re.MULTILINE):
            unit.setdefault(key, []).append(value)
    return unit


def of_unit(unit: dict[str, list[str]], directory: Path) -> dict[str, str]:
    """Return the environment that a unit sets, with paths in this directory."""
    values = [value.replace('/var/lib', str(directory)) for value in unit['Environment']]
    return dict(value.split('=', 1) for value in values)


@pytest.mark.skipif(shutil.which('systemd-analyze') is None, reason='there is no systemd')
def test_the_unit_is_valid(tmp_path: Path) -> None:
    """So is the unit with workers."""
    text = (PRODUCTION / 'dara.service').read_text()
    assert shlex.split(unit_of('dara.service')['ExecStart'][0]) == ['/srv/app/.venv/bin/dara', 'start']
    unit = tmp_path / 'dara.service'
    unit.write_text(text.replace('/srv/app/.venv/bin/dara', '/bin/true'))
    (tmp_path / 'dara.service.d').mkdir()
    shutil.copy(PRODUCTION / 'workers.conf', tmp_path / 'dara.service.d')
    checked = subprocess.run(
        ['systemd-analyze', 'verify', '--man=no', str(unit)], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, '')


@pytest.fixture
def database() -> Iterator[PostgresServer]:
    with PostgresServer() as started:
        yield started


def test_the_commands_of_the_container(tmp_path: Path, database: PostgresServer) -> None:
    """With the variables of the compose file, the example app in Postgres, and the check of health."""
    lines = (PRODUCTION / 'Dockerfile').read_text().splitlines()
    steps = [tuple(line.split(' ', 1)) for line in lines if line and not line.startswith('#')]
    known = {'FROM', 'RUN', 'WORKDIR', 'COPY', 'ENV', 'USER', 'EXPOSE', 'HEALTHCHECK', 'CMD'}
    assert {name for name, _ in steps} == known
    assert all((PRODUCTION / value.split()[0]).exists() for name, value in steps if name == 'COPY')
    commands = {name: json.loads(value[value.index('[') :]) for name, value in steps if '[' in value}
    assert commands['CMD'] == ['dara', 'start']
    (settings,) = (value for name, value in steps if name == 'ENV')
    environment = dict(each.split('=') for each in settings.replace('/data', str(tmp_path / 'data')).split())
    composed = yaml.safe_load((PRODUCTION / 'compose.yaml').read_text())['services']['app']['environment']
    environment |= composed | {'DATABASE_URL': database.dsn}
    server = AppServer(tmp_path, (PRODUCTION / 'main.py').read_text(), command=DARA, environment=environment)
    try:
        assert server.start().url.startswith('http://0.0.0.0:')
        wait_for_workers(server, int(composed['DARA_WORKERS']))
        program, flag, code = commands['HEALTHCHECK']
        here = code.replace('http://127.0.0.1:8000', server.url.replace('0.0.0.0', '127.0.0.1'))
        assert (program, flag, here == code) == ('python', '-c', False)
        for expected in (0, 1):
            assert subprocess.run([sys.executable, flag, here], capture_output=True, check=False).returncode == expected
            server.stop()
    finally:
        server.stop()


def test_the_compose_file_fits_the_other_files() -> None:
    """The variables that it reads are those that its first lines and the page name."""
    text = (PRODUCTION / 'compose.yaml').read_text()
    compose = yaml.safe_load(text)
    app, postgres, caddy = (compose['services'][name] for name in ('app', 'postgres', 'caddy'))
    assert app['build'] == '.'
    assert app['environment']['DATABASE_URL'].endswith('@postgres/dara')
    assert postgres['environment']['POSTGRES_USER'] == 'dara'
    assert caddy['environment']['APP_SERVERS'] == 'app:8000'
    used = set(re.findall(r'\$\{(\w+):\?\}', text))
    assert used == {'DARA_SECRET', 'POSTGRES_PASSWORD', 'APP_DOMAIN'}
    assert all(f'{name}=' in PAGE.read_text() and name in text.partition('services:')[0] for name in used)
    caddyfile = (PRODUCTION / 'Caddyfile').read_text()
    assert set(re.findall(r'\{\$(\w+)', caddyfile)) == set(caddy['environment'])
    volumes = {each.partition(':')[0] for service in (app, postgres, caddy) for each in service['volumes']}
    assert volumes - {'./Caddyfile'} == set(compose['volumes'])
