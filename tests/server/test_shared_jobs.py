"""Tests of long jobs on several servers: whichever one a tab reaches, it has the job, its progress and its result.

Three workers over SQLite, and three servers on hosts of their own over Redis and over Postgres.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import psutil
import pytest
import pytest_asyncio

from tests.conftest import Serve
from tests.fleet import Fleet, databases, over, process_of, start_fleet
from tests.postgres_server import PostgresServer
from tests.process import PATIENCE_SECONDS, AppServer, start_in_vain
from tests.redis_server import RedisServer
from tests.tab import Message, Tab, replace, value

NUMBER: Final = {'store': 'number', 'path': [], 'version': 0}
WORKED: Final = {'inputs': [NUMBER], 'path': []}


class Jobs:
    """The servers, and what the processes of their jobs have noted."""

    def __init__(self, fleet: Fleet, directory: Path) -> None:
        self.fleet = fleet
        self.directory = directory

    @property
    def runs(self) -> list[tuple[int, int]]:
        """The process of each run, with that of its server."""
        file = self.directory / 'runs'
        lines = file.read_text().splitlines() if file.exists() else []
        return [(int(pid), int(server)) for pid, server in map(str.split, lines)]

    def go(self, name: str = '1') -> None:
        (self.directory / f'go{name}').touch()

    async def tabs(self, *names: str) -> list[Tab]:
        """Connect a tab for each name, each to another process; two tabs of a user share a session."""
        return await self.fleet.tabs(*names)


@pytest_asyncio.fixture(params=databases('redis'))
async def jobs(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Jobs]:
    folder = tmp_path / 'shared'
    folder.mkdir()
    async with AsyncExitStack() as stack:
        match request.param:
            case 'redis':
                database = stack.enter_context(RedisServer()).url
            case 'postgres':
                database = stack.enter_context(PostgresServer()).dsn
            case _:
                database = 'values.db'
        shared = '' if request.param == 'sqlite' else str(folder)
        yield Jobs(start_fleet(tmp_path, database, stack, 'shared_jobs', FOLDER=shared), tmp_path)


async def eventually(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not is_so():
            await asyncio.sleep(0.01)


async def begin(tab: Tab, id: int = 1001, target: str = 'worked', version: int = 0) -> Message:
    """Ask for the value of a version of the number or a later one, and return the first progress of the function."""
    await tab.send(type='call', id=id, target=target, inputs=[{**NUMBER, 'version': version}])
    while (message := await tab.receive('progress'))['percent'] == 0:
        pass
    return message


async def hundredfold(tab: Tab) -> Any:
    """Return the value for which a tab waits, or the message of its error."""
    message = await tab.receive('result', 'error')
    return message['value']['hundredfold'] if message['type'] == 'result' else message['message']


async def begin_on_two(jobs: Jobs) -> tuple[Tab, Tab, tuple[int, int]]:
    """Let two people wait for a job; return the tab at its server, another one, the process and its server."""
    ann, ben = await jobs.tabs('ann', 'ben')
    await begin(ann)
    await begin(ben)
    [(pid, server)] = jobs.runs
    assert await process_of(ann) == server
    return ann, ben, (pid, server)


@over('postgres', of='jobs')
async def test_people_on_all_servers_see_one_job_and_its_result(jobs: Jobs) -> None:
    """Its progress goes on, and what is computed of it has one job, too."""
    ann, ben, other = await jobs.tabs('ann', 'ben', 'ann')
    for tab in (ann, ben, other):
        assert (await begin(tab))['message'] == 'Step of 1'
    jobs.go()
    assert [await hundredfold(tab) for tab in (ann, ben, other)] == [100, 100, 100]
    answers = await asyncio.gather(*(tab.call('doubled', WORKED) for tab in (ann, ben, other)))
    assert [each['value'] for each in answers] == [200, 200, 200]
    assert len(jobs.runs) == 1


@over('sqlite', of='jobs')
async def test_a_tab_that_moves_finds_its_job_and_its_result(jobs: Jobs) -> None:
    """In the middle, and after the end, which it has missed."""
    ann, ben = await jobs.tabs('ann', 'ben')
    await begin(ann)
    moved = await jobs.fleet.move(ann, to=ben)
    assert (await begin(moved))['message'] == 'Step of 1'
    back = await jobs.fleet.move(moved, to=(await jobs.tabs('ben', 'ben'))[1])
    assert (await begin(back))['message'] == 'Step of 1'
    await back.cut()
    jobs.go()
    await eventually((jobs.directory / 'done').exists)
    again = await jobs.fleet.tab('ann', client=back.client)
    await again.send(type='call', id=1001, target='worked', inputs=[NUMBER])
    assert await hundredfold(again) == 100
    assert len(jobs.runs) == 1


async def test_a_tab_that_has_moved_cancels_its_job(jobs: Jobs) -> None:
    """Its process ends at once, not when the place that the tab has left is given up. So does one after a reload."""
    ann, ben = await jobs.tabs('ann', 'ben')
    await begin(ann)
    moved = await jobs.fleet.move(ann, to=ben)
    await begin(moved)
    await moved.send(type='cancel', id=1001)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await eventually(lambda: not psutil.pid_exists(jobs.runs[0][0]))
    await begin(ben, 1002)
    await ben.cut()
    reloaded = await jobs.fleet.tab('ben')
    await begin(reloaded)
    await reloaded.send(type='cancel', id=1001)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await eventually(lambda: not psutil.pid_exists(jobs.runs[1][0]))


async def test_a_job_ends_when_the_last_person_on_any_server_has_cancelled_it(jobs: Jobs) -> None:
    ann, ben, (pid, _) = await begin_on_two(jobs)
    await ann.send(type='cancel', id=1001)
    await ann.receive_nothing()
    late = await jobs.fleet.tab('ann')
    assert (await begin(late))['message'] == 'Step of 1'
    await late.send(type='cancel', id=1001)
    await late.receive_nothing()
    assert psutil.pid_exists(pid)
    await ben.send(type='cancel', id=1001)
    await eventually(lambda: not psutil.pid_exists(pid))
    await begin(ben, 1002)
    jobs.go()
    assert await hundredfold(ben) == 100


async def test_a_killed_server_is_an_error_of_its_jobs_for_people_elsewhere(jobs: Jobs) -> None:
    """Never a bar for ever. They can try again."""
    _, ben, (pid, server) = await begin_on_two(jobs)
    os.kill(server, signal.SIGKILL)
    assert await hundredfold(ben) == 'The calculation ended without a result: its server has ended.'
    await eventually(lambda: not psutil.pid_exists(pid))
    await begin(ben, 1002)
    assert jobs.runs[1][1] == await process_of(ben)
    jobs.go()
    assert await hundredfold(ben) == 100


async def test_a_server_that_stops_leaves_its_jobs_to_the_others(jobs: Jobs) -> None:
    _, ben, (pid, server) = await begin_on_two(jobs)
    os.kill(server, signal.SIGTERM)
    await eventually(lambda: len(jobs.runs) == 2)
    assert not psutil.pid_exists(pid)
    jobs.go()
    assert await hundredfold(ben) == 100


async def test_the_job_of_a_user_is_for_that_user_alone(jobs: Jobs) -> None:
    """On all servers: neither its progress nor its result reaches another user, and its user finds it everywhere."""
    ann, ben, other = await jobs.tabs('ann', 'ben', 'ben')
    spare = await jobs.fleet.move(await jobs.fleet.tab('ann'), to=ann)
    version = 0
    for number in (1, 2):
        assert (await begin(ann, number, 'own', version))['message'] == 'Secret of ann'
        await ben.send(type='call', id=number, target='own', inputs=[{**NUMBER, 'version': version}])
        moved = await jobs.fleet.move(ann, to=other)
        assert (await begin(moved, number, 'own', version))['message'] == 'Secret of ann'
        jobs.go('-ann')
        assert (await moved.receive('result'))['value'] == f'ann has {number}'
        while (message := await ben.receive('progress', 'result'))['type'] == 'progress' and not message['percent']:
            pass
        assert message.get('message') == 'Secret of ben', message
        jobs.go('-ben')
        assert (await ben.receive('result'))['value'] == f'ben has {number}'
        assert len(jobs.runs) == 2 * number
        for name in ('go-ann', 'go-ben'):
            (jobs.directory / name).unlink()
        await ben.edit(await ben.subscribe('number'), replace(2))
        version = (await ben.receive('change'))['version']
        ann = await jobs.fleet.move(moved, to=spare)


async def test_an_error_of_the_function_reaches_everybody(jobs: Jobs) -> None:
    ann, ben = await jobs.tabs('ann', 'ben')
    await ann.edit(await ann.subscribe('number'), replace(13))
    await ann.receive('change')
    for tab in (ann, ben):
        await begin(tab)
    jobs.go('13')
    for tab in (ann, ben):
        assert 'could not be computed' in await hundredfold(tab)
    assert len(jobs.runs) == 1


async def heard(tab: Tab, text: str) -> None:
    """Wait until the shared value has a text."""
    said = {'store': 'said', 'path': [], 'version': 0}
    async with asyncio.timeout(30):
        while text not in (await tab.call('heard', said, fresh=True))['value']:
            await asyncio.sleep(0.05)


async def test_a_key_runs_once_on_all_servers_and_is_cancelled_from_any(jobs: Jobs) -> None:
    """Its killed server keeps nobody from beginning anew."""
    ann, ben = await jobs.tabs('ann', 'ben')
    buttons = jobs.fleet.server.buttons(jobs.fleet.cookie('ann'))
    press = {'type': 'call', 'target': buttons['Begin'], 'inputs': [value(None), NUMBER]}
    await ann.send(**press, id=1001)
    await heard(ben, '40 Step of 1')
    await ben.call(buttons['Begin'], value(None), NUMBER)
    assert ben.effects[0]['message'] == 'This is running already.'
    await ben.call(buttons['End'], value(None))
    assert ben.effects[0]['message'] == 'ended'
    await eventually(lambda: not psutil.pid_exists(jobs.runs[0][0]))
    await heard(ben, 'failed: This was cancelled')
    await ben.call(buttons['End'], value(None))
    assert ben.effects[0]['message'] == 'nothing to end'
    await ann.send(**press, id=1002)
    await eventually(lambda: len(jobs.runs) == 2)
    os.kill(jobs.runs[1][1], signal.SIGKILL)
    await ben.send(**press, id=1003)
    await eventually(lambda: len(jobs.runs) == 3)
    jobs.go()
    await ben.receive('result')
    await heard(ben, 'done: 100')


def test_hosts_without_a_folder_that_they_share_are_refused(serve: Serve, tmp_path: Path) -> None:
    """At the start, with the way out."""
    with RedisServer() as redis:
        common: dict[str, Any] = {'DATABASE': redis.url, 'CHANGES': str(tmp_path / 'changes'), 'FOLDER': ''}
        serve('shared_jobs', **common, DARA_HOST_NAME='one')
        (tmp_path / 'two').mkdir()
        AppServer(tmp_path / 'two', 'shared_jobs')
        with pytest.MonkeyPatch.context() as patch:
            for name, given in {**common, 'DARA_HOST_NAME': 'two'}.items():
                patch.setenv(name, given)
            ended = start_in_vain(tmp_path / 'two')
    assert ended.returncode == 2
    assert 'run_as_task=True must be in a folder that all hosts of the app may write' in ended.stderr
    assert 'Set config.shared_folder' in ended.stderr


@pytest.mark.parametrize('jobs', ['redis'], indirect=True)
async def test_a_server_that_was_taken_for_dead_ends_its_job_of_the_key(jobs: Jobs) -> None:
    """It goes on, and finds that another one runs it."""
    ann, ben = await jobs.tabs('ann', 'ben')
    press = {
        'type': 'call',
        'target': jobs.fleet.server.buttons(jobs.fleet.cookie('ann'))['Begin'],
        'inputs': [value(None), NUMBER],
    }
    await ann.send(**press, id=1001)
    await eventually(lambda: len(jobs.runs) == 1)
    [(pid, server)] = jobs.runs
    os.kill(server, signal.SIGSTOP)
    await ben.send(**press, id=1002)
    await eventually(lambda: len(jobs.runs) == 2)
    os.kill(server, signal.SIGCONT)
    await eventually(lambda: not psutil.pid_exists(pid))
    assert psutil.pid_exists(jobs.runs[1][0])
    jobs.go()
    await ben.receive('result')


async def test_without_the_database_each_server_runs_its_jobs(tmp_path: Path) -> None:
    """Those that run go on; a key, which another server might have, is refused until the database answers."""
    (tmp_path / 'shared').mkdir()
    async with AsyncExitStack() as stack:
        redis = stack.enter_context(RedisServer())
        fleet = start_fleet(tmp_path, redis.url, stack, 'shared_jobs', FOLDER=str(tmp_path / 'shared'))
        jobs = Jobs(fleet, tmp_path)
        ann, ben = await jobs.tabs('ann', 'ben')
        target = fleet.server.buttons(fleet.cookie('ann'))['Begin']
        await begin(ann)
        redis.kill()
        jobs.go()
        assert await hundredfold(ann) == 100
        await ben.call(target, value(None), NUMBER)
        assert ben.effects[0]['message'].startswith('It cannot be found out whether this is running already')
        await ben.send(type='call', id=1002, target='worked', inputs=[NUMBER])
        assert await hundredfold(ben) == 100
        assert len(jobs.runs) == 2
        await ben.send(type='visit', page='/')
        await asyncio.to_thread(fleet.servers[1].wait_for_log, 'other servers do not hear who is present')
        redis.start()
        async with asyncio.timeout(30):
            while ben.effects:
                await ben.call(target, value(None), NUMBER)
        await heard(ben, 'done: 100')
        for server in fleet.servers:
            await asyncio.to_thread(server.wait_for_log, "name 'dara': the feed is back")
            assert server.log.count("name 'dara': the feed was lost") == 1
            assert 'Traceback' not in server.log
        log = fleet.servers[1].log
        assert log.count('other servers do not hear who is present') == 1
        assert len(re.findall(r'ERROR dara: Redis at .*[a-z]\. Until it answers', log)) == 1
