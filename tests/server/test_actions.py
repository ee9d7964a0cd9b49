"""Server actions over the wire: what they can do, and what a tab cannot make them do."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Serve
from tests.process import AppServer
from tests.tab import Tab, connected

APP = """
    import asyncio
    from dara.components import Button, Input, Stack, Text
    from dara.core import ActionCtx, ConfigurationBuilder, Variable, action, run_sync
    from dara.core.persistence import BackendStore

    votes = Variable(default=0, store=BackendStore(uid='votes'))
    people = Variable(default={'ann': {'age': 1}}, store=BackendStore(uid='people'))
    hidden = Variable(default='secret', store=BackendStore(uid='hidden'))
    own = Variable(default='mine', uid='own')

    @action
    async def add(ctx: ActionCtx, by, times=1):
        await votes.modify(lambda n: n + by * times)

    @action
    def add_in_a_thread(by):
        run_sync(votes.write(run_sync(votes.read()) + by))

    @action
    async def do_all(ctx: ActionCtx, age):
        await ctx.update(people.get('ann', 'age'), age + 1)
        await ctx.update(own, f'was {ctx.input}')
        await ctx.reset_variables(own)
        await ctx.notify('Done', title='All', status='success')
        await ctx.navigate('/there')

    @action
    async def twice(ctx: ActionCtx):
        await add(ctx, 1)
        await add(ctx, 1)

    @action
    async def slowly(ctx: ActionCtx):
        await votes.write('half')
        await asyncio.sleep(0.5)
        await votes.write('whole')

    @action
    async def start_over(ctx: ActionCtx):
        await ctx.reset_variables([people, votes])
        await votes.write(7)

    @action
    async def fail():
        raise RuntimeError('a secret of the server')

    config = ConfigurationBuilder()
    config.add_page('Votes', content=Stack(
        Text(votes),
        Button('add', onclick=add(2, times=3)),
        Button('thread', onclick=add_in_a_thread(5)),
        Button('all', onclick=do_all(people.get('ann').get('age'))),
        Button('twice', onclick=twice()),
        Button('fail', onclick=fail()),
        Button('slowly', onclick=slowly()),
        Button('start over', onclick=start_over()),
        Button('argument', onclick=add(own)),
        Input(value=own),
    ))
"""


@pytest.fixture
def server(serve: Serve) -> AppServer:
    return serve(APP)


def targets(server: AppServer) -> dict[str, str]:
    """The id of each button's action, as the page has it."""
    buttons = server.content()[0]['slots']['children']
    return {
        button['props']['label']: button['actions']['onclick'][0]['target']
        for button in buttons
        if 'onclick' in button['actions']
    }


async def call(tab: Tab, target: str, *inputs: Any) -> list[dict[str, Any]]:
    """Call an action; return its effects and then its answer."""
    await tab.say(type='call', id=1, target=target, inputs=[{'value': 'typed'}, *inputs])
    heard = [await tab.hear('effect', 'result', 'error')]
    while heard[-1]['type'] == 'effect':
        heard.append(await tab.hear('effect', 'result', 'error'))
    return heard


async def test_an_action_writes_a_store_and_everybody_sees_it(server: AppServer) -> None:
    """Arguments stay on the server; the change is there before the answer is."""
    async with connected(server.socket_url) as tab:
        await tab.subscribe('votes')
        await tab.say(type='call', id=1, target=targets(server)['add'], inputs=[{'value': None}])
        assert (await tab.hear())['edits'] == [[0, 0, [{'op': 'replace', 'path': [], 'value': 6}]]]
        assert (await tab.hear())['type'] == 'result'


async def test_a_synchronous_action_runs_in_a_thread(server: AppServer) -> None:
    """`run_sync` waits for the store there; a function need not take `ctx`."""
    async with connected(server.socket_url) as tab:
        assert (await call(tab, targets(server)['thread']))[-1]['type'] == 'result'
        assert (await tab.subscribe('votes'))['value'] == 5


async def test_an_action_sees_the_component_and_reaches_the_page(server: AppServer) -> None:
    """A shared variable's value is read by the server itself; effects arrive in order."""
    async with connected(server.socket_url) as tab:
        heard = await call(tab, targets(server)['all'], {'store': 'people', 'path': ['ann', 'age'], 'version': 0})
        assert [each['effect']['kind'] for each in heard[:-1]] == ['update', 'reset', 'notify', 'navigate']
        assert heard[0]['effect'] == {'kind': 'update', 'variable': 'own', 'path': [], 'value': 'was typed'}
        assert (await tab.subscribe('people'))['value'] == {'ann': {'age': 2}}


async def test_actions_compose(server: AppServer) -> None:
    """An action awaits another one with its own context."""
    async with connected(server.socket_url) as tab:
        await call(tab, targets(server)['twice'])
        assert (await tab.subscribe('votes'))['value'] == 2


async def test_an_exception_is_a_notice_in_the_page_and_a_traceback_in_the_log(server: AppServer) -> None:
    """The page is not told what the server keeps to itself."""
    async with connected(server.socket_url) as tab:
        (error,) = await call(tab, targets(server)['fail'])
        assert error['type'] == 'error'
        assert 'secret' not in error['message']
        assert 'RuntimeError: a secret of the server' in server.log
        assert "raise RuntimeError('a secret of the server')" in server.log


async def test_a_tab_cannot_call_or_read_what_it_was_not_shown(server: AppServer) -> None:
    """S24: forged targets, forged stores and a wrong number of values get an error, and change nothing."""
    async with connected(server.socket_url) as tab:
        add = targets(server)['argument']
        for target, inputs in (
            ('no-such-action', []),
            (add, []),
            (add, [{'store': 'hidden', 'path': [], 'version': 0}]),
            (add, [{'value': 1}, {'value': 2}]),
        ):
            assert (await call(tab, target, *inputs))[-1]['type'] == 'error'
        assert (await tab.subscribe('votes'))['value'] == 0


async def test_an_action_goes_on_when_its_tab_has_left(server: AppServer) -> None:
    """A reload in the middle leaves nothing half done."""
    target = targets(server)['slowly']
    async with connected(server.socket_url) as watching:
        await watching.subscribe('votes')
        async with connected(server.socket_url) as tab:
            await tab.say(type='call', id=1, target=target, inputs=[{'value': None}])
            assert (await watching.hear('change'))['edits'][0][2][0]['value'] == 'half'
        await watching.hear('change')
        assert (await watching.subscribe('votes'))['value'] == 'whole'


async def test_a_reset_of_a_shared_variable_is_done_before_the_next_line(server: AppServer) -> None:
    """So what the action writes after it stays."""
    async with connected(server.socket_url) as tab:
        await call(tab, targets(server)['start over'])
        assert (await tab.subscribe('votes'))['value'] == 7
        assert 'value' not in await tab.subscribe('people')


async def test_a_hundred_synchronous_actions_at_once_all_end(serve: Serve) -> None:
    """They wait for a file in threads, and the file needs threads as well."""
    server = serve(
        APP.replace("BackendStore(uid='votes')", "BackendStore(FileBackend(path='votes.json'), uid='votes')").replace(
            'import BackendStore', 'import BackendStore, FileBackend'
        )
    )
    target = targets(server)['thread']
    async with connected(server.socket_url) as tab:
        for number in range(100):
            await tab.say(type='call', id=number, target=target, inputs=[{'value': None}])
        for _ in range(100):
            assert (await tab.hear('result', 'error'))['type'] == 'result'


async def test_calls_that_are_wrong_fill_no_log(server: AppServer) -> None:
    """What a browser does wrong is a line, and no traceback; four hundred times it is not as many lines."""
    target = targets(server)['add']
    async with connected(server.socket_url) as tab:
        for number in range(400):
            await tab.say(type='call', id=number, target=target, inputs=[])
            assert (await tab.hear('error'))['code'] == 'failed'
    assert 'was called wrongly by a browser' in server.log
    assert 'Traceback' not in server.log
    assert len(server.log.splitlines()) < 100
