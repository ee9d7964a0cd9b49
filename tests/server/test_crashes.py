"""Tests of crashes: a server that is killed while tabs edit goes on from its file as if nothing had happened."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import websockets

from tests.conftest import Serve
from tests.forks import run_script
from tests.patience import within
from tests.process import PATIENCE_SECONDS, AppServer
from tests.tab import Message, Tab, connected, replace

LOG = """
    from dara.components import Stack, Text
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore, FileBackend

    log = Variable(default={'entries': []}, store=BackendStore(FileBackend(path='log.json'), uid='log'))
    config = ConfigurationBuilder()
    config.add_page('Log', content=Stack(Text(log.get('entries'))))
"""


async def test_killed_at_any_system_call_an_edit_is_applied_exactly_once(serve: Serve) -> None:
    """I2, I3, I4, S12: the tab returns to the same epoch and sends the same number again."""
    server = serve('dying')
    die = server.directory / 'die'
    async with connected(server.socket_url) as tab:
        at = await tab.subscribe('note')
        await tab.edit(at, replace('begun'), n=1)
        version = (await tab.receive('change'))['version']
    client, cookie, epoch, n, fates = tab.client, tab.cookie, at['epoch'], 1, []
    for call in range(1, 30):
        n += 1
        died = False
        async with connected(server.socket_url, client=client, cookie=cookie) as tab:
            at = await tab.subscribe('note', since=(epoch, version))
            die.write_text(str(call))
            await tab.edit(at, replace(f'edit {n}'), n=n)
            try:
                version = (await tab.receive('change'))['version']
            except websockets.ConnectionClosed:
                died = True
            die.unlink()
        if not died:
            break
        server.restart()
        async with connected(server.socket_url, client=client, cookie=cookie) as tab:
            at = await tab.subscribe('note', since=(epoch, version))
            assert at['epoch'] == epoch
            assert (at['type'], at['version']) == ('current', version)
            assert at['receipt']['n'] in (n - 1, n)
            fates.append(at['receipt']['n'] == n)
            if not fates[-1]:
                await tab.edit(at, replace(f'edit {n}'), n=n)
            change = await tab.receive('change')  # an edit that was stored is among the missed changes
            assert change['edits'][0][:2] == [at['author'], n]
            assert change['version'] == version + 1
            version = change['version']
        assert json.loads((server.directory / 'note.json').read_text()) == {'global': f'edit {n}'}
    assert len(fates) >= 5
    assert fates == sorted(fates)
    assert set(fates) == {False, True}  # an early kill loses the edit, a late one does not


class Writer:
    """A tab that adds entry after entry, and sends the entry in flight again after every crash."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.acknowledged = 0
        self._client: str | None = None
        self._cookie = ''
        self._epoch = ''
        self._version = 0

    async def write(self, server: AppServer, entries: int, written: asyncio.Queue[str]) -> None:
        while self.acknowledged < entries:
            with contextlib.suppress(OSError, websockets.WebSocketException):
                await self._connect(server, entries, written)
            await asyncio.sleep(0.01)  # the server is being started

    async def _connect(self, server: AppServer, entries: int, written: asyncio.Queue[str]) -> None:
        async with connected(server.socket_url, client=self._client, cookie=self._cookie) as tab:
            self._client, self._cookie = tab.client, tab.cookie
            at = await tab.subscribe('log', since=(self._epoch, self._version) if self._epoch else None)
            self._advance(at)
            if at['type'] == 'snapshot':
                self.acknowledged = max(self.acknowledged, at['receipt']['n'])
            while self.acknowledged < at['receipt']['n']:
                await self._receive(tab, at)  # the missed changes, its own among them
            while self.acknowledged < entries:
                n = self.acknowledged + 1
                entry = {'op': 'add', 'path': ['entries', 0], 'value': f'{self.name} {n}'}
                await tab.edit(at, entry, n=n, base=self._version)
                while self.acknowledged < n:
                    await self._receive(tab, at)
                await written.put(self.name)

    async def _receive(self, tab: Any, at: Message) -> None:
        change = await tab.receive('change', 'snapshot', 'current')
        self._advance({'epoch': self._epoch, **change})
        own = [n for author, n, _ in change.get('edits', []) if author == at['author']]
        self.acknowledged = max(self.acknowledged, *own, 0)

    def _advance(self, position: Message) -> None:
        assert position['epoch'] == (self._epoch or position['epoch'])
        assert position['version'] >= self._version
        self._epoch, self._version = position['epoch'], position['version']


async def test_a_dozen_kills_at_random_moments_lose_and_double_nothing(serve: Serve) -> None:
    """I2, I3, I4, I9: every entry of four concurrent tabs is there once, in the order of its tab."""
    server, written = serve(LOG), asyncio.Queue[str]()
    writers = [Writer(name) for name in ('ann', 'ben', 'cat', 'dan')]
    chance = random.Random(7)
    async with asyncio.TaskGroup() as group:
        for writer in writers:
            group.create_task(writer.write(server, 60, written))
        for _ in range(12):
            for _ in range(chance.randint(3, 25)):
                await written.get()
            await asyncio.sleep(chance.random() * 0.005)
            server.kill()
            await asyncio.to_thread(server.start)
    entries = json.loads((server.directory / 'log.json').read_text())['global']['entries']
    assert set(Counter(entries).values()) == {1}
    for writer in writers:
        own = [entry for entry in reversed(entries) if entry.startswith(writer.name)]
        assert own == [f'{writer.name} {n}' for n in range(1, 61)]


def test_a_process_killed_during_recovery_leaves_a_file_that_the_next_one_recovers(tmp_path: Path) -> None:
    """I2, I3, I4: the value is the number of the edit that set it, so a lost or doubled edit shows."""
    epoch, version, last = '', 0, 0
    for deadline in [*range(30, 0, -1), 1000]:
        ended = run_script('edit_and_die', str(deadline), cwd=tmp_path)
        assert ended.returncode in (0, -signal.SIGKILL), ended.stderr
        for outcome, *fields in map(str.split, ended.stdout.splitlines()):
            if outcome == 'found':
                assert fields[0] == (epoch or fields[0])
                assert int(fields[1]) >= version
                assert int(fields[2]) == int(fields[3]) >= last
                epoch, version, last = fields[0], int(fields[1]), int(fields[2])
            else:
                assert outcome == 'Committed'
                version, last = version + 1, int(fields[0])
    assert ended.returncode == 0
    assert last > 30


async def receive_soon(tab: Tab) -> Message:
    """Receive a change within a second."""
    async with within(1):
        return await tab.receive('change')


async def test_a_file_saved_by_an_editor_reaches_the_browsers_within_a_second(serve: Serve) -> None:
    """Editors write in place, rename over, or move the old file away first."""
    server = serve('dying')
    file = server.directory / 'note.json'
    async with connected(server.socket_url) as tab:
        at = await tab.subscribe('note')

        file.write_text('{"global": "in place"}')
        change = await receive_soon(tab)
        assert change['edits'][0][:2] == [0, 0]

        (server.directory / 'new.json').write_text('{"global": "renamed over"}')
        (server.directory / 'new.json').replace(file)
        await receive_soon(tab)

        file.rename(server.directory / 'note.json~')
        file.write_text('{"global": "moved away, then written"}')
        await receive_soon(tab)

        file.write_text(' {"global":\n"moved away, then written" }')  # the value stays the same
        await tab.edit(at, replace('from the browser'), n=1, base=at['version'] + 3)
        change = await tab.receive('change')
        assert (change['base'], change['version']) == (at['version'] + 3, at['version'] + 4)


async def test_a_half_written_file_is_reported_and_changes_nothing(serve: Serve) -> None:
    """The last good value stays in the browsers; an edit is retried until the file is whole."""
    server = serve('dying')
    file = server.directory / 'note.json'
    async with connected(server.socket_url) as tab:
        at = await tab.subscribe('note')
        await tab.edit(at, replace('good'), n=1)
        await tab.receive('change')
        file.write_text('{"global": "half')
        async with asyncio.timeout(PATIENCE_SECONDS):
            while 'not JSON at line 1' not in server.log:
                await asyncio.sleep(0.05)
        await tab.receive_nothing()
        await tab.edit(at, replace('mine'), n=2, base=at['version'] + 1)
        assert (await tab.receive())['type'] == 'retry'
        assert file.read_text() == '{"global": "half'
        file.write_text('{"global": "whole"}')
        assert (await tab.receive('change'))['edits'][0][2] != []
        await tab.edit(at, replace('mine'), n=2, base=at['version'] + 2)
        await tab.receive('change')
    assert json.loads(file.read_text()) == {'global': 'mine'}
    assert server.log.count('not JSON') <= 3  # not at every check of the file
