"""Tests of the reasons that server code gives for its edits: kept in the change log, with the user."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from dara.core._context import USER, UserData
from dara.core._edits import Replace
from dara.core.errors import InvalidValue, NotJson
from dara.core.persistence import BackendStore, FileBackend
from dara.core.persistence.changelog import Change, Mark, Update
from dara.core.persistence.rows import dump_update, parse_update
from dara.testing import SharedMemoryBackend


def added(value: Any) -> Any:
    return [*value, 'added']


async def also_added(value: Any) -> Any:
    return [*value, 'added']


async def logged(backend: SharedMemoryBackend) -> list[tuple[str | None, str | None]]:
    """Return the reason and the user of each entry."""
    changes = [update.change for update in (await backend.load('global')).updates]
    entries = [entry for change in changes if isinstance(change, Change) for entry in change.entries]
    return [(entry.reason, entry.on_behalf_of) for entry in entries]


async def test_a_reason_is_stored_with_the_user_for_whom_the_code_runs() -> None:
    backend = SharedMemoryBackend()
    store = BackendStore(backend)
    await store.write(['one'])
    token = USER.set(UserData(identity_id='ann', identity_name='Ann'))
    await store.modify(added, reason='sync')
    await store.modify(also_added, reason='async')
    await store.write_partial([{'op': 'add', 'path': '/-', 'value': 'two'}], reason='patch')
    await store.write_partial([], reason='a patch without operations')
    await store.write([], reason='')
    await store.write(['without'])
    USER.reset(token)
    await store.delete(reason='nobody')
    assert await logged(backend) == [
        (None, None),
        ('sync', 'ann'),
        ('async', 'ann'),
        ('patch', 'ann'),
        ('', 'ann'),
        (None, None),
        ('nobody', None),
    ]


def test_entries_without_a_reason_are_encoded_as_before() -> None:
    change = [[1, 2, [{'op': 'replace', 'path': [], 'value': 3}]], [0, 0, [], 'why', None]]
    content = orjson.dumps(['base', 'tip', ['epoch', 5], change, []])
    update = parse_update(content)
    assert isinstance(update, Update)
    assert isinstance(update.change, Change)
    assert update.mark == Mark('epoch', 5)
    assert [(each.ops, each.reason) for each in update.change.entries] == [((Replace((), 3),), None), ((), 'why')]
    assert dump_update(update) == content


@pytest.mark.parametrize(('reason', 'error'), [(3, InvalidValue), ('x' * 501, InvalidValue), ('half \ud800', NotJson)])
async def test_a_reason_is_a_short_text(tmp_path: Path, reason: Any, error: type[Exception]) -> None:
    store = BackendStore(FileBackend(path=tmp_path / 'data.json'))
    with pytest.raises(error):
        await store.write(1, reason=reason)
    assert await store.get_all() == {}
    await store.write(1, reason='x' * 500)
    assert b'xxx' in (tmp_path / '.data.json.journal').read_bytes()
