"""An attacker, the users beside it, and the server of them all: what the tests of this package share."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import psutil

from tests.process import PATIENCE_SECONDS, AppServer
from tests.tab import Message, Tab, connected, replace

PASSWORDS = {'ann': 'a', 'ben': 'b', 'eve': 'e', '<b>mal</b>': 'm'}


MIB = 2**20


@asynccontextmanager
async def logged_in(server: AppServer, *names: str, **options: Any) -> AsyncIterator[list[Tab]]:
    """Connect a tab for each name."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                connected(server.socket_url, cookie=server.login(name, PASSWORDS[name]), **options)
            )
            for name in names
        ]


class Bystanders:
    """Two other users at work: one types and the other reads."""

    def __init__(self, server: AppServer, writer: Tab, reader: Tab, position: Message) -> None:
        self._server, self._writer, self._reader, self._position = server, writer, reader, position
        self._typed = 0

    async def are_unaffected(self, within: float = 2) -> None:
        """Check that a word typed now reaches both in time, and that the server is healthy."""
        self._typed += 1
        async with asyncio.timeout(within):
            number = await self._writer.edit(self._position, replace(f'word {self._typed}'))
            for tab in (self._writer, self._reader):
                while True:
                    change = await tab.receive('change', 'snapshot')
                    if change['type'] == 'change' and change['edits'][-1][:2] == [self._position['author'], number]:
                        break
            self._position = {**self._position, 'version': change['version']}
            for tab in (self._writer, self._reader):
                await tab.acknowledge()
            async with self._server.client() as client:
                assert (await client.get('/_dara/health')).json()['status'] == 'ok'


async def wait_for_connections(tabs: int, server: AppServer) -> None:
    """Wait until the server has at most this many connections."""
    async with server.client() as client, asyncio.timeout(PATIENCE_SECONDS):
        while (await client.get('/_dara/health')).json()['sessions'] > tabs:
            await asyncio.sleep(0.02)


def resident(server: AppServer) -> int:
    return int(psutil.Process(server.pid).memory_info().rss)


def value(shown: Any) -> Message:
    return {'value': shown}


def target_of(server: AppServer, tab: Tab, label: str) -> str:
    """Return the target that a button of the page calls."""
    for node in server.content(cookie=tab.cookie)[0]['slots']['children']:
        if node['props'].get('text') == label or label in json.dumps(node['props']):
            found: str = node['actions']['onclick'][0]['target']
            return found
    raise AssertionError(label)


def renderings(server: AppServer, tab: Tab) -> list[str]:
    """Return the targets of the page's py_components, in order."""
    nodes = server.content(cookie=tab.cookie)[0]['slots']['children']
    return [node['render']['target'] for node in nodes if 'render' in node]
