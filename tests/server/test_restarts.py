"""Tests of restarts: without any setting, a server still knows its users, and the sessions that have ended."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.conftest import Serve
from tests.process import DARA, AppServer
from tests.server.login import SECRET, visit


@pytest.fixture
def server(serve: Serve) -> AppServer:
    return serve('notes', LOGIN='users')


@pytest.fixture
def unwritable(tmp_path: Path) -> Path:
    """A place where no folder can be made, not even by root."""
    file = tmp_path / 'a file'
    file.touch()
    return file / 'state'


def secret_of(server: AppServer) -> Path:
    (file,) = (server.directory / '.dara').glob('*.secret')
    return file


def log_out(server: AppServer, cookie: str) -> None:
    assert server.post('/logout', cookie=cookie).status_code == 303


def test_users_stay_logged_in(server: AppServer) -> None:
    """Only the server can read the secret, from the moment that it is made; git ignores it."""
    cookie = server.login('ann', 'pw')
    server.restart()
    assert visit(server, '/note', cookie).status_code == 200
    folder = server.directory / '.dara'
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}
    assert (folder / '.gitignore').read_text() == '*\n'
    assert server.log.count('Generated the secret of this app') == 1
    assert secret_of(server).read_text().strip() not in server.log


def test_a_browser_stays_the_same_guest(serve: Serve) -> None:
    server = serve('notes')
    first = server.get('/api/who')
    cookie = first.headers['set-cookie'].partition(';')[0]
    server.restart()
    assert server.get('/api/who', cookie=cookie).text == first.text


@pytest.mark.parametrize('environment', [{}, {'DARA_SECRET': SECRET}], ids=['secret kept', 'secret given'])
def test_an_ended_session_stays_ended(server: AppServer, environment: dict[str, str]) -> None:
    """Even if the server is killed as soon as it has answered; the user's other session goes on."""
    server.stop()
    shutil.rmtree(server.directory / '.dara')
    server.environment |= environment
    server.start()
    left, other = server.login('ann', 'pw'), server.login('ann', 'pw')
    log_out(server, left)
    server.restart()
    assert visit(server, '/note', left).status_code == 303
    assert visit(server, '/note', other).status_code == 200
    assert bool(list((server.directory / '.dara').glob('*.secret'))) == (not environment)


def test_a_kill_in_the_middle_of_a_line_costs_that_line_alone(server: AppServer) -> None:
    """The next entry begins a line of its own."""
    first, second = server.login('ann', 'pw'), server.login('ann', 'pw')
    log_out(server, first)
    server.kill()
    (ended,) = (server.directory / '.dara').glob('*.ended')
    with ended.open('a') as file:
        file.write('["ann","torn')
    server.start()
    log_out(server, second)
    server.restart()
    assert visit(server, '/note', first).status_code == visit(server, '/note', second).status_code == 303


def test_expired_entries_leave_the_file(serve: Serve) -> None:
    """A session that has expired anyway need not be remembered."""
    server = serve('notes', LOGIN='users', LIFETIME='60')
    log_out(server, server.login('ann', 'pw'))
    (ended,) = (server.directory / '.dara').glob('*.ended')
    with ended.open('a') as file:
        file.write('["ann","long ago",1.0]\n' * 5000)
    server.restart()
    log_out(server, server.login('ben', 'other'))
    assert len(ended.read_text().splitlines()) <= 2


def test_with_a_given_secret_and_no_login_nothing_is_written(serve: Serve) -> None:
    server = serve('notes')
    server.stop()
    (server.directory / '.dara').rename(server.directory / 'before')
    server.environment |= {'DARA_SECRET': SECRET}
    server.start()
    assert visit(server, '/note').status_code == 200
    assert not (server.directory / '.dara').exists()


def test_the_log_says_what_follows_if_nothing_can_be_written(server: AppServer, unwritable: Path) -> None:
    """The server runs all the same."""
    server.stop()
    server.environment |= {'DARA_STATE_DIR': str(unwritable)}
    server.start()
    assert 'After a restart all users have to log in again. Set DARA_STATE_DIR to a writable folder' in server.log
    cookie = server.login('ann', 'pw')
    log_out(server, cookie)
    assert visit(server, '/note', cookie).status_code == 303
    assert 'copied cookies of users who have logged out are valid again' in server.log


def test_the_state_folder_may_be_elsewhere(server: AppServer, tmp_path: Path) -> None:
    server.stop()
    server.environment |= {'DARA_STATE_DIR': str(tmp_path / 'deep' / 'state')}
    server.start()
    cookie = server.login('ann', 'pw')
    server.restart()
    assert visit(server, '/note', cookie).status_code == 200
    assert list((tmp_path / 'deep' / 'state').glob('*.secret'))


@pytest.mark.parametrize('content', ['', 'short', 'x' * 5000, 'not\nprintable at all'])
def test_a_damaged_secret_is_reported_and_kept(server: AppServer, content: str) -> None:
    """A new one would log everybody out, and the old one may be in a backup."""
    server.stop()
    file = secret_of(server)
    file.write_text(content)
    with pytest.raises(
        AssertionError, match=r'app\.config\.secret is damaged: .* Restore it from a copy, or delete it'
    ):
        server.start()
    assert file.read_text() == content


def test_a_secret_that_others_can_read_is_made_private(server: AppServer) -> None:
    cookie = server.login('ann', 'pw')
    server.stop()
    secret_of(server).chmod(0o644)
    server.start()
    assert stat.S_IMODE(secret_of(server).stat().st_mode) == 0o600
    assert 'Other users of this machine could read' in server.log
    assert visit(server, '/note', cookie).status_code == 200


def test_servers_that_start_together_share_one_secret(tmp_path: Path) -> None:
    """It does not matter which of them made it."""
    servers = [AppServer(tmp_path, 'notes', environment={'LOGIN': 'users'}) for _ in range(4)]
    with ThreadPoolExecutor() as pool:
        list(pool.map(AppServer.start, servers))
    try:
        cookie = servers[0].login('ann', 'pw')
        assert [visit(each, '/note', cookie).status_code for each in servers] == [200] * 4
        assert len(list((tmp_path / '.dara').iterdir())) == 2
    finally:
        for each in servers:
            each.kill()


def test_two_apps_in_one_directory_share_no_sessions(tmp_path: Path) -> None:
    """Each has a secret of its own."""
    one, two = (AppServer(tmp_path, 'notes', environment={'LOGIN': 'users'}) for _ in range(2))
    (tmp_path / 'other.py').write_text((tmp_path / 'app.py').read_text())
    one.start()
    two.start('--config', 'other:config')
    try:
        assert visit(two, '/note', one.login('ann', 'pw')).status_code == 303
    finally:
        one.kill()
        two.kill()


@pytest.mark.parametrize('environment', [{}, {'DARA_STATE_DIR': 'state'}])
def test_no_static_folder_serves_the_state(serve: Serve, environment: dict[str, str]) -> None:
    """Even if an app serves its whole directory."""
    server = serve('notes', LOGIN='users', FOLDER='.')
    server.stop()
    server.environment |= environment
    server.start()
    cookie = server.login('ann', 'pw')
    assert server.get('/static/app.py', cookie=cookie).status_code == 200
    for folder in ('.dara', environment.get('DARA_STATE_DIR', '.dara')):
        for name in ('app.config.secret', '.gitignore'):
            assert server.get(f'/static/{folder}/{name}', cookie=cookie).status_code == 404


@pytest.fixture
def started(server: AppServer) -> Iterator[list[subprocess.Popen[bytes]]]:
    """A list of processes that are killed after the test."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()


async def test_uvicorn_serves_the_same_app(server: AppServer, started: list[subprocess.Popen[bytes]]) -> None:
    """`create_app` finds what `dara start` has kept in the same directory."""
    cookie = server.login('ann', 'pw')
    server.stop()
    (server.directory / 'asgi.py').write_text(
        'from dara.core.asgi import create_app\nfrom app import config\nserved = create_app(config)\n'
    )
    command = [DARA[0], '-m', 'uvicorn', 'asgi:served', '--port', server.url.rpartition(':')[2]]
    environment = {**os.environ, **server.environment, 'PYTHONUNBUFFERED': '1'}
    started.append(subprocess.Popen(command, cwd=server.directory, env=environment))
    async with asyncio.timeout(20), httpx.AsyncClient() as client:
        while True:
            try:
                await client.get(f'{server.url}/_dara/health')
                break
            except httpx.ConnectError:
                await asyncio.sleep(0.05)  # it says nothing when it is there
    assert visit(server, '/note', cookie).status_code == 200
