"""Tests of results in blocks: a tab that names those that it has is sent the others, by whichever server."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conftest import Serve
from tests.process import AppServer
from tests.tab import Message, Tab, connected, put_block, value


@pytest.fixture
def server(serve: Serve) -> AppServer:
    return serve('changing_figures')


class Shown:
    """A result as a tab shows it.

    Attributes:
        value: the result.
        size: the bytes of its JSON as it was sent.
        blocks: the names and contents of its blocks.
    """

    def __init__(self) -> None:
        self.value: Any = None
        self.size = 0
        self.blocks: dict[str, Any] = {}

    async def call(self, tab: Tab, server: AppServer, target: str, *inputs: Message, **where: Any) -> None:
        """Call a target as a tab does that has the present blocks."""
        answer = await tab.call(target, *inputs, has=list(self.blocks), **where)
        sent: Any = answer.get('value')
        self.size = len(json.dumps(sent, separators=(',', ':')))
        if 'at' in answer:
            response = server.get(answer['at'], cookie=tab.cookie)
            self.size = len(response.text)
            sent = [element for line in response.text.splitlines() for element in json.loads(line)]
        if not answer.get('blocks'):
            self.value, self.blocks = sent, {}
            return
        root: dict[str, Any] = {'value': sent[0]}
        known: dict[str, Any] = {}
        for path, name, *content in sent[1:]:
            known[name] = content[0] if content else known.get(name, self.blocks.get(name))
            put_block(root, ['value', *path], known[name])
        self.value, self.blocks = root['value'], known


# The size of an update in which one of ten series differs, as a share of the first result.
SHARES = {
    'small': 0.15,
    'large': 0.15,
    'lists': 0.15,
    'bokeh': 0.2,
    'matplotlib': 0.25,
    'appended': 0.1,
    'frame': 0.1,
    'own': 0.8,
}


async def test_a_tab_is_sent_what_has_changed(server: AppServer) -> None:
    """And nothing else; what it puts together is the result."""
    shares = {}
    async with connected(server.socket_url) as ann:
        for name in SHARES:
            shown, other = Shown(), Shown()
            await shown.call(ann, server, name, value(1))
            first = shown.size
            await shown.call(ann, server, name, value(2))
            shares[name] = shown.size / first
            await other.call(ann, server, name, value(2))
            assert shown.value == other.value
    assert {name: share for name, share in shares.items() if share > SHARES[name]} == {}


async def test_a_tab_that_does_not_ask_for_blocks_gets_the_result(server: AppServer) -> None:
    """And so does one that has lost them, or got others from another server."""
    async with connected(server.socket_url) as ann:
        shown = Shown()
        await shown.call(ann, server, 'lists', value(1))
        assert (await ann.call('lists', value(1)))['value'] == shown.value
        whole = shown.size
        shown.blocks = {}
        await shown.call(ann, server, 'lists', value(2))
        assert shown.size == pytest.approx(whole, rel=0.1)
        shown.blocks |= dict.fromkeys(['of-another-server', ''], None)
        await shown.call(ann, server, 'lists', value(3))
        assert shown.value == (await ann.call('lists', value(3)))['value']


async def test_users_with_results_of_their_own(server: AppServer) -> None:
    """Names of blocks are those of their content, so nobody is left with what somebody else was sent."""
    async with connected(server.socket_url) as ann, connected(server.socket_url) as ben:
        hers, his = Shown(), Shown()
        await hers.call(ann, server, 'own', value(1))
        his.blocks = {**hers.blocks}
        await his.call(ben, server, 'own', value(1))
        assert his.value == (await ben.call('own', value(1)))['value'] != hers.value


async def test_a_rendering_is_sent_where_it_has_changed(server: AppServer) -> None:
    """The figures in it included, small ones as parts of it and large ones as variables."""
    async with connected(server.socket_url) as ann:
        targets = server.renderings(ann.cookie)
        shown, large = Shown(), Shown()
        sizes = []
        for number in (1, 2):
            await shown.call(ann, server, targets[0], value(number), slot='part')
            assert shown.value == (await ann.call(targets[0], value(number), slot='part'))['value']
            sizes.append(shown.size)
        assert sizes[1] < 0.15 * sizes[0], sizes
        for number in (1, 2):
            tree = (await ann.call(targets[1], value(number), slot='large'))['value']
            [uid] = tree['variables']
            await large.call(ann, server, tree['variables'][uid]['target'], of='large')
            sizes.append(large.size)
        assert sizes[3] < 0.2 * sizes[2], sizes


async def test_an_async_py_component_converts_its_figure_in_a_thread(server: AppServer) -> None:
    async with connected(server.socket_url) as ann:
        target = server.renderings(ann.cookie)[2]
        tree = (await ann.call(target, value(1), slot='part'))['value']
        [uid] = tree['variables']
        figure = (await ann.call(tree['variables'][uid]['target'], of='part'))['value']
        assert figure['layout']['title']['text'] == 'thread'
