"""Tests of a server and its data when something fails."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

from dara.core._edits import apply, parse_ops
from tests.conftest import Serve
from tests.forks import Fork, script
from tests.tab import connected, replace, splice

APP = """
    from dara.components import Stack, Text
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore, FileBackend

    note = Variable(default='', store=BackendStore({backend}, uid='note'))
    config = ConfigurationBuilder()
    config.add_page('Note', content=Stack(Text(note)))
"""
ON_DISK = APP.format(backend="FileBackend(path='note.json')")
IN_MEMORY = APP.format(backend='None')


def test_thirty_kills_leave_the_file_whole_with_every_acknowledged_write(tmp_path: Path) -> None:
    """I2: SIGKILL at any moment; another program's key stays, too."""
    file = tmp_path / 'kept.json'
    file.write_text(json.dumps({'somebody else': [1, 2, 3]}))
    acknowledged = 0
    for _ in range(30):
        with Fork(['-c', script('write_for_ever'), str(acknowledged)], cwd=tmp_path) as writer:
            assert writer.stdout
            for _ in range(1 + acknowledged % 7):
                acknowledged = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            for line in writer.stdout:
                acknowledged = int(line)
        kept = json.loads(file.read_text())
        assert kept['somebody else'] == [1, 2, 3]
        assert kept['global']['n'] in (acknowledged, acknowledged + 1)
        acknowledged = kept['global']['n']
    left_behind = {'.kept.json.tmp', '.kept.json.journal.tmp'}
    assert set(os.listdir(tmp_path)) - left_behind == {'.kept.json.journal', '.kept.json.lock', 'kept.json'}


async def test_a_tab_that_stops_reading_holds_up_nobody(serve: Serve) -> None:
    """S23, I8: its outbox is bounded; a snapshot brings it up to date when it reads again."""
    server = serve(IN_MEMORY)
    async with connected(server.socket_url) as fast, connected(server.socket_url) as slow:
        at = await fast.subscribe('note')
        await slow.subscribe('note')
        before = server.memory
        for n in range(1, 701):
            await fast.edit(at, replace([f'{n}' + 'x' * 50_000]), n=n, base=n - 1)
            answer = await fast.receive('change', 'retry')
            while answer['type'] == 'retry':
                await asyncio.sleep(answer['retry_ms'] / 1000)
                await fast.edit(at, replace([f'{n}' + 'x' * 50_000]), n=n, base=n - 1)
                answer = await fast.receive('change', 'retry')
            if n % 20 == 0:
                await fast.acknowledge()
        assert server.memory - before < 20 * 1024 * 1024  # 35 MB were published
        behind = await slow.receive('snapshot')
        assert behind['reason'] == 'slow'
        while behind['version'] < 700:
            await slow.acknowledge()
            behind = await slow.receive('snapshot', 'change')
        assert behind['version'] == 700


async def test_edits_survive_a_kill_between_commit_and_answer(serve: Serve) -> None:
    """I2, I3: an acknowledged edit is on disk; any other is there as a whole or not at all."""
    server = serve(ON_DISK)
    for turn in range(5):
        async with connected(server.socket_url) as tab:
            at = await tab.subscribe('note')
            await tab.edit(at, replace(f'acknowledged {turn}'))
            await tab.receive('change')
            await tab.edit(at, replace(f'in flight {turn}'))
            server.kill()
        on_disk = json.loads((server.directory / 'note.json').read_text())['global']
        assert on_disk in (f'acknowledged {turn}', f'in flight {turn}')
        server.start()


async def test_a_second_connection_of_one_tab_replaces_the_first(serve: Serve) -> None:
    """S1: the half-open socket of a lost network gets none of the tab's changes."""
    server = serve(IN_MEMORY)
    async with connected(server.socket_url) as left_behind:
        await left_behind.subscribe('note')
        async with connected(server.socket_url, client=left_behind.client, cookie=left_behind.cookie) as tab:
            at = await tab.subscribe('note')
            assert (await left_behind.receive('bye'))['type'] == 'bye'
            await tab.edit(at, replace('still here'))
            assert (await tab.receive('change'))['edits'][0][0] == at['author']


async def test_an_edit_is_retried_while_the_backend_fails(serve: Serve) -> None:
    """S17: `retry` carries the reason; the number is kept, and the edit succeeds when the backend recovers."""
    server = serve('flaky')
    async with connected(server.socket_url) as tab:
        at = await tab.subscribe('note')
        (server.directory / 'broken').touch()
        await tab.edit(at, replace('kept'), n=1)
        failed = await tab.receive()
        assert (failed['type'], failed['code'], failed['n']) == ('retry', 'backend', 1)
        assert 'the disk is full' in failed['message']
        assert (await tab.subscribe('note'))['version'] == at['version']
        (server.directory / 'broken').unlink()
        await tab.edit(at, replace('kept'), n=1)
        assert (await tab.receive('change'))['edits'][0][1:] == [1, [splice(0, 0, 'kept')]]


async def test_thirty_tabs_that_write_at_once_agree(serve: Serve) -> None:
    """I1, S19: all receive one order; waiting commits are written together."""
    server = serve(ON_DISK)
    barrier = asyncio.Barrier(30)
    async with asyncio.TaskGroup() as group:
        ends = [group.create_task(_write_and_follow(server.socket_url, f'tab {i}', barrier)) for i in range(30)]
    values = {end.result() for end in ends}
    assert len(values) == 1
    assert values == {json.loads((server.directory / 'note.json').read_text())['global']}


async def _write_and_follow(url: str, text: str, barrier: asyncio.Barrier) -> str:
    """Write once when all are ready, follow the changes until all have written, and return the value."""
    async with connected(url) as tab:
        at = await tab.subscribe('note')
        seen, value, entries = at['version'], at.get('value'), 0
        await barrier.wait()
        await tab.edit(at, replace(text))
        while entries < barrier.parties:
            async with asyncio.timeout(10):
                change = await tab.receive('change')
            assert change['base'] == seen
            seen = change['version']
            for _, _, ops in change['edits']:
                value = apply(value, parse_ops(ops))
            entries += len(change['edits'])
        return str(value)
