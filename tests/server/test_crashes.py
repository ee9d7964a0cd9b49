"""A server that is killed while tabs edit goes on, over a file, as if nothing had happened."""

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
from tests.forks import run
from tests.process import AppServer
from tests.tab import Message, connected, replace

# An app that kills its own process at the n-th call that it makes of the operating system once a file `die` says n.
DYING = """
    import os, signal
    from pathlib import Path
    from dara.components import Stack, Text
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore, FileBackend

    calls = 0

    def watched(function):
        def call(*args, **named):
            global calls
            if Path('die').exists():
                calls += 1
                if calls == int(Path('die').read_text()):
                    os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **named)
        return call

    for name in ('write', 'fsync', 'fdatasync', 'ftruncate', 'replace'):
        setattr(os, name, watched(getattr(os, name)))

    note = Variable(default='', store=BackendStore(FileBackend(path='note.json'), uid='note'))
    config = ConfigurationBuilder()
    config.add_page('Note', content=Stack(Text(note)))
"""

LOG = """
    from dara.components import Stack, Text
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore, FileBackend

    log = Variable(default={'entries': []}, store=BackendStore(FileBackend(path='log.json'), uid='log'))
    config = ConfigurationBuilder()
    config.add_page('Log', content=Stack(Text(log.get('entries'))))
"""


async def test_an_edit_is_applied_once_at_whatever_call_of_the_system_the_server_was_killed(serve: Serve) -> None:
    """I2, I3, I4, S12: the tab comes back to the same epoch, sends the same number again, and it is there once."""
    server = serve(DYING)
    die = server.directory / 'die'
    async with connected(server.socket_url) as tab:
        at = await tab.subscribe('note')
        await tab.edit(at, replace('begun'), n=1)
        version = (await tab.hear('change'))['version']
    client, cookie, epoch, n, fates = tab.client, tab.cookie, at['epoch'], 1, []
    for call in range(1, 30):
        n += 1
        died = False
        async with connected(server.socket_url, client=client, cookie=cookie) as tab:
            at = await tab.subscribe('note', since=(epoch, version))
            die.write_text(str(call))
            await tab.edit(at, replace(f'edit {n}'), n=n)
            try:
                version = (await tab.hear('change'))['version']
            except websockets.ConnectionClosed:
                died = True
            die.unlink()
        if not died:
            break
        server.kill()
        server.start()
        async with connected(server.socket_url, client=client, cookie=cookie) as tab:
            at = await tab.subscribe('note', since=(epoch, version))
            assert at['epoch'] == epoch
            assert (at['type'], at['version']) == ('current', version)
            assert at['receipt']['n'] in (n - 1, n)
            fates.append(at['receipt']['n'] == n)
            if not fates[-1]:
                await tab.edit(at, replace(f'edit {n}'), n=n)
            change = await tab.hear('change')  # if it has happened, it is told as what was missed
            assert change['edits'][0][:2] == [at['author'], n]
            assert change['version'] == version + 1
            version = change['version']
        assert json.loads((server.directory / 'note.json').read_text()) == {'global': f'edit {n}'}
    assert len(fates) >= 5
    assert fates == sorted(fates)
    assert set(fates) == {False, True}  # killed early it has not happened, killed late it has


class Writer:
    """A tab that adds one entry after the other, and holds on to what is on its way through every crash."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.acknowledged = 0
        self._client: str | None = None
        self._cookie = ''
        self._epoch = ''
        self._version = 0

    async def write(self, server: AppServer, entries: int, told: asyncio.Queue[str]) -> None:
        while self.acknowledged < entries:
            with contextlib.suppress(OSError, websockets.WebSocketException):
                await self._connect(server, entries, told)
            await asyncio.sleep(0.01)  # the server is being started

    async def _connect(self, server: AppServer, entries: int, told: asyncio.Queue[str]) -> None:
        async with connected(server.socket_url, client=self._client, cookie=self._cookie) as tab:
            self._client, self._cookie = tab.client, tab.cookie
            at = await tab.subscribe('log', since=(self._epoch, self._version) if self._epoch else None)
            self._see(at)
            if at['type'] == 'snapshot':
                self.acknowledged = max(self.acknowledged, at['receipt']['n'])
            while self.acknowledged < at['receipt']['n']:
                await self._hear(tab, at)  # what it missed, and among that its own
            while self.acknowledged < entries:
                n = self.acknowledged + 1
                entry = {'op': 'add', 'path': ['entries', 0], 'value': f'{self.name} {n}'}
                await tab.edit(at, entry, n=n, base=self._version)
                while self.acknowledged < n:
                    await self._hear(tab, at)
                await told.put(self.name)

    async def _hear(self, tab: Any, at: Message) -> None:
        change = await tab.hear('change', 'snapshot', 'current')
        self._see({'epoch': self._epoch, **change})
        own = [n for author, n, _ in change.get('edits', []) if author == at['author']]
        self.acknowledged = max(self.acknowledged, *own, 0)

    def _see(self, position: Message) -> None:
        assert position['epoch'] == (self._epoch or position['epoch'])
        assert position['version'] >= self._version
        self._epoch, self._version = position['epoch'], position['version']


async def test_a_dozen_kills_at_random_moments_lose_and_double_nothing(serve: Serve) -> None:
    """I2, I3, I4, I9: of four tabs that write at once every entry is there once, in the order of each."""
    server, told = serve(LOG), asyncio.Queue[str]()
    writers = [Writer(name) for name in ('ann', 'ben', 'cat', 'dan')]
    chance = random.Random(7)
    async with asyncio.TaskGroup() as group:
        for writer in writers:
            group.create_task(writer.write(server, 60, told))
        for _ in range(12):
            for _ in range(chance.randint(3, 25)):
                await told.get()
            await asyncio.sleep(chance.random() * 0.005)
            server.kill()
            await asyncio.to_thread(server.start)
    entries = json.loads((server.directory / 'log.json').read_text())['global']['entries']
    assert set(Counter(entries).values()) == {1}
    for writer in writers:
        own = [entry for entry in reversed(entries) if entry.startswith(writer.name)]
        assert own == [f'{writer.name} {n}' for n in range(1, 61)]


SCRIPT = """
import asyncio, os, signal, sys
from dara.core._edits import Replace
from dara.core.persistence import BackendStore, FileBackend
from dara.core.persistence.changelog import Writer
from dara.core.persistence.edit import Edit
from dara.core.persistence.stores import bound

deadline, calls = int(sys.argv[1]), 0

def watched(function):
    def call(*args, **named):
        global calls
        calls += 1
        if calls == deadline:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **named)
    return call

for name in ('write', 'fsync', 'fdatasync', 'ftruncate', 'replace'):
    setattr(os, name, watched(getattr(os, name)))

async def main():
    record = await bound(BackendStore(FileBackend(path='note.json'))).open()
    writer = Writer('ann', 'her tab', 'note')
    last = record.receipt(writer, None).n
    print('found', record.epoch, record.version, last, record.value if last else 0, flush=True)
    for n in (last + 1, last + 2):
        edit = Edit(writer, 1, n=n, epoch=record.epoch, base=record.version, ops=(Replace((), n),))
        print(type(await record.edit(edit)).__name__, n, flush=True)

asyncio.run(main())
"""


def test_killed_while_it_takes_over_from_one_that_was_killed_it_goes_on_all_the_same(tmp_path: Path) -> None:
    """I2, I3, I4: the value is the number of the edit that set it: else one was lost or doubled."""
    epoch, version, settled = '', 0, 0
    for deadline in [*range(30, 0, -1), 1000]:
        ended = run(['-c', SCRIPT, str(deadline)], cwd=tmp_path)
        assert ended.returncode in (0, -signal.SIGKILL), ended.stderr
        for what, *told in map(str.split, ended.stdout.splitlines()):
            if what == 'found':
                assert told[0] == (epoch or told[0])
                assert int(told[1]) >= version
                assert int(told[2]) == int(told[3]) >= settled
                epoch, version, settled = told[0], int(told[1]), int(told[2])
            else:
                assert what == 'Committed'
                version, settled = version + 1, int(told[0])
    assert ended.returncode == 0
    assert settled > 30


async def heard_soon(tab: Any) -> Message:
    """The next change; W19: within a second."""
    async with asyncio.timeout(1):
        heard: Message = await tab.hear('change')
    return heard


async def test_what_an_editor_saves_is_in_the_browsers_within_a_second(serve: Serve) -> None:
    """W19: however it writes, and without anybody asking."""
    server = serve(DYING)
    file = server.directory / 'note.json'
    async with connected(server.socket_url) as tab:
        at = await tab.subscribe('note')

        file.write_text('{"global": "in place"}')
        change = await heard_soon(tab)
        assert change['edits'][0][:2] == [0, 0]

        (server.directory / 'new.json').write_text('{"global": "renamed over"}')
        (server.directory / 'new.json').replace(file)
        await heard_soon(tab)

        file.rename(server.directory / 'note.json~')
        file.write_text('{"global": "moved away, and written anew"}')
        await heard_soon(tab)

        file.write_text(' {"global":\n"moved away, and written anew" }')  # nothing that anybody could see
        await tab.edit(at, replace('from the browser'), n=1, base=at['version'] + 3)
        change = await tab.hear('change')
        assert (change['base'], change['version']) == (at['version'] + 3, at['version'] + 4)


async def test_a_file_that_stays_half_written_is_told_of_and_changes_nothing(serve: Serve) -> None:
    """The last good value stays in the browsers; an edit is kept, and goes through once the file is whole."""
    server = serve(DYING)
    file = server.directory / 'note.json'
    async with connected(server.socket_url) as tab:
        at = await tab.subscribe('note')
        await tab.edit(at, replace('good'), n=1)
        await tab.hear('change')
        file.write_text('{"global": "half')
        while 'not JSON at line 1' not in server.log:
            await asyncio.sleep(0.05)
        await tab.hear_nothing_before()
        await tab.edit(at, replace('mine'), n=2, base=at['version'] + 1)
        assert (await tab.hear())['type'] == 'retry'
        assert file.read_text() == '{"global": "half'
        file.write_text('{"global": "whole"}')
        assert (await heard_soon(tab))['edits'][0][2] != []
        await tab.edit(at, replace('mine'), n=2, base=at['version'] + 2)
        await tab.hear('change')
    assert json.loads(file.read_text()) == {'global': 'mine'}
    assert server.log.count('not JSON') <= 3  # and not at every look


async def test_two_servers_on_one_file_show_each_others_edits(serve: Serve) -> None:
    """Each in an epoch of its own; a tab that changes over is shown what is there."""
    first = serve(LOG)
    second = AppServer(first.directory, LOG).start()
    try:
        async with connected(first.socket_url) as ann, connected(second.socket_url) as ben:
            ann_at, ben_at = await ann.subscribe('log'), await ben.subscribe('log')
            assert ann_at['epoch'] != ben_at['epoch']
            await ann.edit(ann_at, replace(['ann'], 'entries'))
            await heard_soon(ann)
            await heard_soon(ben)
            await ben.edit(ben_at, {'op': 'add', 'path': ['entries', 1], 'value': 'ben'}, base=ben_at['version'] + 1)
            await heard_soon(ann)
        assert json.loads((first.directory / 'log.json').read_text()) == {'global': {'entries': ['ann', 'ben']}}
    finally:
        second.stop()
