"""Tests of server actions over the wire: their effects, and the calls that are rejected."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.conftest import Serve
from tests.process import AppServer
from tests.tab import Tab, connected, value


@pytest.fixture
def server(serve: Serve) -> AppServer:
    return serve('votes')


async def call(tab: Tab, target: str, *inputs: Any) -> list[dict[str, Any]]:
    """Call an action; return its effects and then its answer."""
    await tab.send(type='call', id=1, target=target, inputs=[value('typed'), *inputs])
    answers = [await tab.receive('effect', 'result', 'error')]
    while answers[-1]['type'] == 'effect':
        answers.append(await tab.receive('effect', 'result', 'error'))
    return answers


async def test_an_action_writes_a_store_for_all_subscribers(server: AppServer) -> None:
    """Its arguments stay on the server; the change arrives before the answer."""
    async with connected(server.socket_url) as tab:
        await tab.subscribe('votes')
        await tab.send(type='call', id=1, target=server.buttons()['add'], inputs=[value(None)])
        assert (await tab.receive())['edits'] == [[0, 0, [{'op': 'replace', 'path': [], 'value': 6}]]]
        assert (await tab.receive())['type'] == 'result'


async def test_a_synchronous_action_runs_in_a_thread(server: AppServer) -> None:
    """`run_sync` waits for the store there; a function need not take `ctx`."""
    async with connected(server.socket_url) as tab:
        assert (await call(tab, server.buttons()['thread']))[-1]['type'] == 'result'
        assert (await tab.subscribe('votes'))['value'] == 5


async def test_an_action_reads_its_inputs_and_sends_effects_to_the_page(server: AppServer) -> None:
    """The server itself reads the value of a shared variable; effects arrive in order."""
    async with connected(server.socket_url) as tab:
        answers = await call(tab, server.buttons()['all'], {'store': 'people', 'path': ['ann', 'age'], 'version': 0})
        assert [each['effect']['kind'] for each in answers[:-1]] == ['update', 'reset', 'notify', 'navigate']
        assert answers[0]['effect'] == {'kind': 'update', 'variable': 'own', 'path': [], 'value': 'was typed'}
        assert (await tab.subscribe('people'))['value'] == {'ann': {'age': 2}}


async def test_actions_compose(server: AppServer) -> None:
    """An action awaits another one with its own context."""
    async with connected(server.socket_url) as tab:
        await call(tab, server.buttons()['twice'])
        assert (await tab.subscribe('votes'))['value'] == 2


async def test_an_exception_is_a_notice_in_the_page_and_a_traceback_in_the_log(server: AppServer) -> None:
    """The notice contains nothing of the exception."""
    async with connected(server.socket_url) as tab:
        (error,) = await call(tab, server.buttons()['fail'])
        assert error['type'] == 'error'
        assert 'secret' not in error['message']
        assert 'RuntimeError: a secret of the server' in server.log
        assert "raise RuntimeError('a secret of the server')" in server.log


async def test_a_call_with_a_forged_target_or_forged_inputs_fails(server: AppServer) -> None:
    """S24: it gets an error and changes nothing."""
    async with connected(server.socket_url) as tab:
        add = server.buttons()['argument']
        for target, inputs in (
            ('no-such-action', []),
            (add, []),
            (add, [{'store': 'hidden', 'path': [], 'version': 0}]),
            (add, [value(1), value(2)]),
        ):
            assert (await call(tab, target, *inputs))[-1]['type'] == 'error'
        assert (await tab.subscribe('votes'))['value'] == 0


async def test_an_action_runs_to_its_end_after_its_tab_has_left(server: AppServer) -> None:
    """A reload leaves nothing half done."""
    target = server.buttons()['slowly']
    async with connected(server.socket_url) as watching:
        await watching.subscribe('votes')
        async with connected(server.socket_url) as tab:
            await tab.send(type='call', id=1, target=target, inputs=[value(None)])
            assert (await watching.receive('change'))['edits'][0][2][0]['value'] == 1
        await watching.receive('change')
        assert (await watching.subscribe('votes'))['value'] == 2


async def test_a_reset_of_a_shared_variable_is_done_before_the_next_line(server: AppServer) -> None:
    """A later write of the same action stays."""
    async with connected(server.socket_url) as tab:
        await call(tab, server.buttons()['start over'])
        assert (await tab.subscribe('votes'))['value'] == 7
        assert 'value' not in await tab.subscribe('people')


async def test_a_hundred_synchronous_actions_at_once_all_end(serve: Serve) -> None:
    """They wait in threads for a file, which needs threads as well."""
    server = serve('votes', FILE='votes.json')
    target = server.buttons()['thread']
    async with connected(server.socket_url) as tab:
        for number in range(100):
            await tab.send(type='call', id=number, target=target, inputs=[value(None)])
        for _ in range(100):
            assert (await tab.receive('result', 'error'))['type'] == 'result'


async def test_an_error_of_dara_in_an_action_has_the_lines_of_the_app_alone(server: AppServer) -> None:
    async with connected(server.socket_url) as tab:
        assert 'store text: value.decode()' in (await call(tab, server.buttons()['bytes']))[-1]['message']
    _, file, line, *rest = server.log.partition('Traceback')[2].splitlines()
    assert re.search(r'app.py", line \d+, in store_bytes$', file)
    assert line.strip().startswith('run_sync(votes.write(')
    assert rest[-1].startswith('dara.core.errors.NotJson: The value is a bytes')
    assert not any('File' in each for each in rest)


async def test_wrong_calls_do_not_fill_the_log(server: AppServer) -> None:
    """Each is a line without a traceback, and many together are fewer lines."""
    target = server.buttons()['add']
    async with connected(server.socket_url) as tab:
        for number in range(400):
            await tab.send(type='call', id=number, target=target, inputs=[])
            assert (await tab.receive('error'))['code'] == 'failed'
    assert 'was called wrongly by a browser' in server.log
    assert 'Traceback' not in server.log
    assert len(server.log.splitlines()) < 100
