"""Tests of two processes at one file: one of them keeps the journal."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

from tests.forks import script
from tests.unit.journal.server import Server, crash


async def test_each_of_two_processes_has_its_own_epoch(file: Path) -> None:
    """The processes share the values, but not their versions."""
    first = Server(file)
    await first.edit(1, 'first')
    second = await asyncio.create_subprocess_exec(
        sys.executable, '-c', script('share_a_file'), str(file), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert second.stdin
    assert second.stdout
    seen = json.loads(await second.stdout.readline())
    assert seen['value'] == 'first'
    assert seen['epoch'] != (await first.mark())[0]
    second.stdin.write(b'go\n')
    assert json.loads(await second.stdout.readline()) == {**seen, 'value': 'second', 'version': seen['version'] + 1}
    assert await first.store.read() == 'second'
    mark = await first.mark()
    await crash(first)
    assert await Server(file).mark() == mark
    second.kill()
    await second.wait()


async def test_a_process_without_the_journal_reports_it_once(file: Path) -> None:
    """It takes the journal over at the next write after the other process has ended."""
    first = Server(file)
    await first.edit(1, 'first')
    second = subprocess.run(
        [sys.executable, '-c', script('share_a_file'), str(file)],
        input='go\n' * 3,
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 0, second.stderr
    assert second.stderr.count('is held by another process') == 1
    assert 'Run one server for one file' in second.stderr
