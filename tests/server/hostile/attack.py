"""Helpers of the tests of attacks: two users at work, and the state of their server."""

from __future__ import annotations

import asyncio
from typing import Final

from tests.process import PATIENCE_SECONDS, AppServer
from tests.tab import Message, Tab, replace

MIB: Final = 2**20


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
