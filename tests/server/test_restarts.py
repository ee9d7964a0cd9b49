"""What a restart of a real server keeps without any setting: who is known, and who has logged out."""

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
from tests.server.test_login import APP, SECRET, WITH_LOGIN, visit

WHO = """
    from dara.core.auth import get_user_data
    from dara.core.http import get

    @get('who')
    def who():
        return get_user_data().identity_id

    config.add_endpoint(who)
"""


@pytest.fixture
def server(serve: Serve) -> AppServer:
    return serve(WITH_LOGIN)


@pytest.fixture
def unwritable(tmp_path: Path) -> Path:
    """A place where no folder can be made, not even by root."""
    file = tmp_path / 'a file'
    file.touch()
    return file / 'state'


def restart(server: AppServer) -> None:
    server.kill()
    server.start()


def secret_of(server: AppServer) -> Path:
    (file,) = (server.directory / '.dara').glob('*.secret')
    return file


def log_out(server: AppServer, cookie: str) -> None:
    assert httpx.post(f'{server.url}/logout', headers={'cookie': cookie}).status_code == 303


def test_who_is_logged_in_stays_so(server: AppServer) -> None:
    """The secret is the server's alone, from the moment that it is made, and is not committed to git."""
    cookie = server.login('ann', 'pw')
    restart(server)
    assert visit(server, '/note', cookie).status_code == 200
    folder = server.directory / '.dara'
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}
    assert (folder / '.gitignore').read_text() == '*\n'
    assert server.log.count('Generated the secret of this app') == 1
    assert secret_of(server).read_text().strip() not in server.log


def test_a_browser_is_the_same_guest(serve: Serve) -> None:
    server = serve(APP + WHO)
    first = httpx.get(f'{server.url}/api/who')
    cookie = first.headers['set-cookie'].partition(';')[0]
    restart(server)
    assert httpx.get(f'{server.url}/api/who', headers={'cookie': cookie}).text == first.text


@pytest.mark.parametrize('environment', [{}, {'DARA_SECRET': SECRET}], ids=['secret kept', 'secret given'])
def test_who_has_logged_out_stays_so(server: AppServer, environment: dict[str, str]) -> None:
    """Though the server was killed as soon as it had answered; the user's other session goes on."""
    server.stop()
    shutil.rmtree(server.directory / '.dara')
    server.environment = environment
    server.start()
    left, other = server.login('ann', 'pw'), server.login('ann', 'pw')
    log_out(server, left)
    restart(server)
    assert visit(server, '/note', left).status_code == 303
    assert visit(server, '/note', other).status_code == 200
    assert bool(list((server.directory / '.dara').glob('*.secret'))) == (not environment)


def test_a_kill_in_the_middle_of_a_line_costs_that_line_alone(server: AppServer) -> None:
    """What is remembered after it begins a line of its own."""
    first, second = server.login('ann', 'pw'), server.login('ann', 'pw')
    log_out(server, first)
    server.kill()
    (ended,) = (server.directory / '.dara').glob('*.ended')
    with ended.open('a') as file:
        file.write('["ann","torn')
    server.start()
    log_out(server, second)
    restart(server)
    assert visit(server, '/note', first).status_code == visit(server, '/note', second).status_code == 303


def test_what_can_matter_no_more_leaves_the_file(serve: Serve) -> None:
    """A session that would be over by itself need not be remembered."""
    short = WITH_LOGIN.replace('users=USERS', 'users=USERS, lifetime=timedelta(0, 60)')
    server = serve(short)
    log_out(server, server.login('ann', 'pw'))
    (ended,) = (server.directory / '.dara').glob('*.ended')
    with ended.open('a') as file:
        file.write('["ann","long ago",1.0]\n' * 5000)
    restart(server)
    log_out(server, server.login('ben', 'other'))
    assert len(ended.read_text().splitlines()) <= 2


def test_with_a_secret_of_ones_own_and_no_login_nothing_is_written(serve: Serve) -> None:
    server = serve(APP)
    server.stop()
    (server.directory / '.dara').rename(server.directory / 'before')
    server.environment = {'DARA_SECRET': SECRET}
    server.start()
    assert visit(server, '/note').status_code == 200
    assert not (server.directory / '.dara').exists()


def test_where_nothing_can_be_written_the_log_says_what_follows(server: AppServer, unwritable: Path) -> None:
    """The server runs all the same."""
    server.stop()
    server.environment = {'DARA_STATE_DIR': str(unwritable)}
    server.start()
    assert 'After a restart all users have to log in again. Set DARA_STATE_DIR to a writable folder' in server.log
    cookie = server.login('ann', 'pw')
    log_out(server, cookie)
    assert visit(server, '/note', cookie).status_code == 303
    assert 'copied cookies of users who have logged out are valid again' in server.log


def test_the_folder_may_be_elsewhere(server: AppServer, tmp_path: Path) -> None:
    server.stop()
    server.environment = {'DARA_STATE_DIR': str(tmp_path / 'deep' / 'state')}
    server.start()
    cookie = server.login('ann', 'pw')
    restart(server)
    assert visit(server, '/note', cookie).status_code == 200
    assert list((tmp_path / 'deep' / 'state').glob('*.secret'))


@pytest.mark.parametrize('content', ['', 'short', 'x' * 5000, 'not\nprintable at all'])
def test_a_damaged_secret_is_named_and_left_as_it_is(server: AppServer, content: str) -> None:
    """A new one would log everybody out, and the old one may be in a backup."""
    server.stop()
    file = secret_of(server)
    file.write_text(content)
    with pytest.raises(
        AssertionError, match=r'app\.config\.secret is damaged: .* Restore it from a copy, or delete it'
    ):
        server.start()
    assert file.read_text() == content


def test_a_secret_that_others_could_read_is_closed_to_them(server: AppServer) -> None:
    cookie = server.login('ann', 'pw')
    server.stop()
    secret_of(server).chmod(0o644)
    server.start()
    assert stat.S_IMODE(secret_of(server).stat().st_mode) == 0o600
    assert 'Other users of this machine could read' in server.log
    assert visit(server, '/note', cookie).status_code == 200


def test_servers_that_start_at_once_have_one_secret(tmp_path: Path) -> None:
    """Whoever of them made it."""
    servers = [AppServer(tmp_path, WITH_LOGIN) for _ in range(4)]
    with ThreadPoolExecutor() as pool:
        list(pool.map(AppServer.start, servers))
    try:
        cookie = servers[0].login('ann', 'pw')
        assert [visit(each, '/note', cookie).status_code for each in servers] == [200] * 4
        assert len(list((tmp_path / '.dara').iterdir())) == 2
    finally:
        for each in servers:
            each.kill()


def test_two_apps_in_one_directory_do_not_know_each_others_users(tmp_path: Path) -> None:
    """Each has a secret of its own."""
    one, two = AppServer(tmp_path, WITH_LOGIN), AppServer(tmp_path, WITH_LOGIN)
    two.write_app(WITH_LOGIN)
    (tmp_path / 'other.py').write_text((tmp_path / 'app.py').read_text())
    one.start()
    two.start('--config', 'other:config')
    try:
        assert visit(two, '/note', one.login('ann', 'pw')).status_code == 303
    finally:
        one.kill()
        two.kill()


@pytest.mark.parametrize('environment', [{}, {'DARA_STATE_DIR': 'state'}])
def test_no_static_folder_serves_it(serve: Serve, environment: dict[str, str]) -> None:
    """Also where an app serves its whole directory."""
    server = serve(WITH_LOGIN + "    config.add_static_folder('.')\n")
    server.stop()
    server.environment = environment
    server.start()
    headers = {'cookie': server.login('ann', 'pw')}
    assert httpx.get(f'{server.url}/static/app.py', headers=headers).status_code == 200
    for folder in ('.dara', environment.get('DARA_STATE_DIR', '.dara')):
        for name in ('app.config.secret', '.gitignore'):
            assert httpx.get(f'{server.url}/static/{folder}/{name}', headers=headers).status_code == 404


@pytest.fixture
def by_uvicorn(server: AppServer) -> Iterator[list[subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.wait()


async def test_by_uvicorn_it_is_the_same_app(server: AppServer, by_uvicorn: list[subprocess.Popen[bytes]]) -> None:
    """`create_app` finds what `dara start` has kept in the same directory."""
    cookie = server.login('ann', 'pw')
    server.stop()
    (server.directory / 'asgi.py').write_text(
        'from dara.core.asgi import create_app\nfrom app import config\nserved = create_app(config)\n'
    )
    command = [DARA[0], '-m', 'uvicorn', 'asgi:served', '--port', server.url.rpartition(':')[2]]
    by_uvicorn.append(subprocess.Popen(command, cwd=server.directory, env={**os.environ, 'PYTHONUNBUFFERED': '1'}))
    async with asyncio.timeout(20), httpx.AsyncClient() as client:
        while True:
            try:
                await client.get(f'{server.url}/_dara/health')
                break
            except httpx.ConnectError:
                await asyncio.sleep(0.05)  # it says nothing when it is there
    assert visit(server, '/note', cookie).status_code == 200
