"""Tests of functions in processes of their own: crashes, cancellation, people who leave and come back, the end."""

from __future__ import annotations

import asyncio
import os
import signal

import psutil
import pytest

from tests.conftest import Serve
from tests.process import AppServer
from tests.tab import Message, Tab, connected, logged_in, replace, value

NUMBER = {'store': 'number', 'path': [], 'version': 0}


@pytest.fixture
def server(serve: Serve) -> AppServer:
    return serve('jobs')


async def eventually(is_so: object) -> None:
    """Wait until a function returns something true."""
    assert callable(is_so)
    async with asyncio.timeout(30):
        while not is_so():
            await asyncio.sleep(0.01)


def pids(server: AppServer) -> list[int]:
    """Return the process of each run of the function, in order."""
    file = server.directory / 'runs'
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def go(server: AppServer, number: int) -> None:
    (server.directory / f'go{number}').touch()


async def said(tab: Tab, message: str) -> None:
    """Wait until the tab hears that from a job."""
    while (await tab.receive('progress'))['message'] != message:
        pass


async def begin(tab: Tab, id: int, target: str = 'worked') -> Message:
    """Ask for the value, and return the first progress of the function."""
    await tab.send(type='call', id=id, target=target, inputs=[NUMBER])
    while (message := await tab.receive('progress'))['percent'] == 0:
        pass
    return message


async def test_a_killed_process_is_an_error_of_its_own_job_alone(server: AppServer) -> None:
    async with logged_in(server, 'ann', 'ben') as (ann, ben):
        assert await begin(ann, 1001) == {'type': 'progress', 'id': 1001, 'percent': 40.0, 'message': 'Step of 1'}
        await ann.edit(await ann.subscribe('number'), replace(2))
        await ann.receive('change')
        await begin(ben, 1002)
        first, second = pids(server)
        assert first != second != server.pid
        os.kill(first, signal.SIGKILL)
        error = await ann.receive('error')
        assert 'SIGKILL' in error['message'], error
        assert (await ann.call('plain', NUMBER))['value'] == 'plain 2'
        go(server, 2)
        assert (await ben.receive('result'))['value'] == '200 of a process'
        await ann.send(type='call', id=1003, target='worked', inputs=[NUMBER])
        assert (await ann.receive('result'))['value'] == '200 of a process'
        assert len(pids(server)) == 2
        assert not psutil.pid_exists(first)


async def test_one_job_for_two_people_ends_when_both_have_cancelled_it(server: AppServer) -> None:
    async with logged_in(server, 'ann', 'ben') as (ann, ben):
        await asyncio.gather(begin(ann, 1001), begin(ben, 1001))
        (pid,) = pids(server)
        await ann.send(type='cancel', id=1001)
        await ann.receive_nothing()
        assert psutil.pid_exists(pid)
        await ben.send(type='cancel', id=1001)
        await eventually(lambda: not psutil.pid_exists(pid))
        await begin(ben, 1002)
        go(server, 1)
        assert (await ben.receive('result'))['value'] == '100 of a process'


async def test_a_page_that_is_loaded_again_or_cut_finds_its_job(server: AppServer) -> None:
    cookie = server.login('ann', 'a')
    async with connected(server.socket_url, cookie=cookie) as ann:
        await begin(ann, 1001)
        await ann.cut()
    async with connected(server.socket_url, cookie=cookie) as ann:
        assert (await begin(ann, 1001))['message'] == 'Step of 1'
        go(server, 1)
        assert (await ann.receive('result'))['value'] == '100 of a process'
        assert len(pids(server)) == 1


async def test_a_job_knows_its_user_and_its_result_is_for_that_user_alone(server: AppServer) -> None:
    async with logged_in(server, 'ann', 'ben') as (ann, ben):
        answers = await asyncio.gather(ann.call('greeted', NUMBER), ben.call('greeted', NUMBER))
        assert [each['value'] for each in answers] == ['ann has 1', 'ben has 1']
        for target, reason in {'reached': 'cannot be used in the process of a task', 'oversized': '300 MiB'}.items():
            answer = await ann.call(target, NUMBER)
            assert answer['type'] == 'error'
            assert reason in answer['message']


async def test_a_third_job_waits_and_an_error_of_the_function_is_in_the_log(server: AppServer) -> None:
    async with logged_in(server, 'ann') as (ann,):
        at = await ann.subscribe('number')
        for call, number in ((1001, 1), (1002, 2), (1003, 13)):
            await ann.edit(at, replace(number))
            await ann.receive('change')
            await ann.send(type='call', id=call, target='worked', inputs=[NUMBER])
            await said(ann, 'Waiting for others to finish' if number == 13 else f'Step of {number}')
        go(server, 1)
        await ann.send(type='cancel', id=1002)
        await said(ann, 'Step of 13')
        go(server, 13)
        error = await ann.receive('error')
        assert error['id'] == 1003
        assert 'unlucky' not in error['message']
        assert 'ValueError: an unlucky number' in server.log
        assert "raise ValueError('an unlucky number')" in server.log


async def test_an_action_runs_one_job_of_a_key_until_it_is_cancelled_or_the_server_stops(server: AppServer) -> None:
    async with logged_in(server, 'ann', 'ben') as (ann, ben):
        buttons = server.buttons(ann.cookie)
        await ben.subscribe('said')
        press = {'type': 'call', 'target': buttons['Begin'], 'inputs': [value(None), NUMBER]}
        await ann.send(**press, id=1001)
        assert "'insert': '0 '" in str(await ben.receive('change'))  # a bar starts anew
        assert 'Step of 1' in str(await ben.receive('change'))
        await ben.call(buttons['Begin'], value(None), NUMBER)
        assert ben.effects[0]['message'] == 'This is running already.'
        (pid,) = pids(server)
        await ben.call(buttons['End'], value(None))
        assert 'JobCancelled: This was cancelled' in str(await ben.receive('change'))
        await ann.receive('result')
        await eventually(lambda: not psutil.pid_exists(pid))
        await ann.send(**press, id=1002)
        await eventually(lambda: len(pids(server)) == 2)
        (server.directory / 'slow').touch()  # the action takes its time to store that the job has failed
        server.stop()
        await eventually(lambda: not psutil.pid_exists(pids(server)[1]))
        assert 'The server has stopped before this was finished' in (server.directory / 'said.json').read_text()
