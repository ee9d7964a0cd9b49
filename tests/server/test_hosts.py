"""Tests of an app on several hosts, which may need a folder that they share. Each server claims a host of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from subprocess import CompletedProcess
from typing import Final

import pytest

from tests.conftest import Serve
from tests.postgres_server import PostgresServer
from tests.process import AppServer, start_in_vain
from tests.redis_server import RedisServer
from tests.repeats import repeated

NEED: Final = 'the files of a test'
SECRET: Final = 'the secret of all servers'


@pytest.fixture(params=['redis', repeated('postgres')])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    with ExitStack() as stack:
        is_redis = request.param == 'redis'
        yield stack.enter_context(RedisServer()).url if is_redis else stack.enter_context(PostgresServer()).dsn


class Hosts:
    """The hosts on which an app is started."""

    def __init__(self, directory: Path, database: str, serve: Serve) -> None:
        self._directory = directory
        self._database = database
        self._serve = serve

    def start(self, host: str, **variables: str) -> AppServer:
        return self._serve('hosts', directory=None, **self._variables(host, variables))

    def start_in_vain(self, host: str, **variables: str) -> CompletedProcess[str]:
        AppServer(self._directory, 'hosts')
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self._variables(host, variables).items():
                patch.setenv(name, value)
            ended = start_in_vain(self._directory)
        assert ended.returncode == 2
        assert ended.stderr.count('\n') == 1
        return ended

    def folder(self, name: str) -> str:
        folder = self._directory / name
        folder.mkdir(exist_ok=True)
        return str(folder)

    def _variables(self, host: str, variables: dict[str, str]) -> dict[str, str]:
        return {'DATABASE': self._database, 'DARA_HOST_NAME': host, 'DARA_SECRET': SECRET, **variables}


@pytest.fixture
def hosts(tmp_path: Path, database: str, serve: Serve) -> Hosts:
    return Hosts(tmp_path, database, serve)


def test_a_host_without_the_folder_of_the_others_is_refused(hosts: Hosts) -> None:
    """In one line with the way out, at the start. Those with the folder serve."""
    hosts.start('one', FOLDER=hosts.folder('shared'))
    hosts.start('two', FOLDER=hosts.folder('shared'), NEED=NEED)
    assert 'Give all servers one folder' in hosts.start_in_vain('three', FOLDER=hosts.folder('other')).stderr
    ended = hosts.start_in_vain('three', FOLDER='', NEED=NEED)
    assert 'config.shared_folder is missing here, and the server on the host' in ended.stderr
    assert hosts.folder('shared') in ended.stderr


def test_two_folders_on_one_host_are_refused(hosts: Hosts) -> None:
    """Files would not reach the users of the other server, as on two hosts."""
    first = hosts.start('one', FOLDER=hosts.folder('shared'))
    assert 'Give all servers one folder' in hosts.start_in_vain('one', FOLDER=hosts.folder('other')).stderr
    first.stop()
    hosts.start('one', FOLDER=hosts.folder('other'))


def test_an_app_whose_files_all_servers_must_reach_needs_the_folder(hosts: Hosts) -> None:
    """On several hosts; another that needs nothing does without it."""
    first = hosts.start('one')
    hosts.start('two')
    ended = hosts.start_in_vain('three', NEED=NEED)
    assert f'{NEED} must be in a folder that all hosts of the app may write' in ended.stderr
    assert 'Set config.shared_folder' in ended.stderr
    assert 'does not have it' in hosts.start_in_vain('three', FOLDER=hosts.folder('shared')).stderr
    assert first.get('/').status_code == 200


def test_the_memory_of_a_server_variable_needs_the_folder(hosts: Hosts) -> None:
    """On several hosts; a backend that all hosts reach does without it."""
    hosts.start('one', TABLE='elsewhere')
    hosts.start('two', TABLE='elsewhere')
    ended = hosts.start_in_vain('three', TABLE='memory')
    assert 'rows' in ended.stderr
    assert 'must be in a folder that all hosts of the app may write' in ended.stderr
    assert 'Set config.shared_folder' in ended.stderr


def test_a_restart_is_never_refused(hosts: Hosts) -> None:
    """Neither on the host of a server that was killed, nor, a moment later, on another one; nor beside the old one."""
    first = hosts.start('one', NEED=NEED)
    beside = hosts.start('one', NEED=NEED)
    beside.wait_for_log(f'WARNING dara: {NEED} must be in a folder')
    beside.kill()
    first.restart()
    first.kill()
    second = hosts.start('two', NEED=NEED)
    assert "on the host 'two'" in hosts.start_in_vain('three', NEED=NEED).stderr
    second.stop()
    hosts.start('three', NEED=NEED)


def test_what_is_needed_later_is_logged(hosts: Hosts) -> None:
    """The app goes on."""
    hosts.start('one')
    second = hosts.start('two')
    assert second.post('/api/need').status_code == 200
    second.wait_for_log('ERROR dara: a late file must be in a folder')
