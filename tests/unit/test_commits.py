"""Tests of commits: backends that are slow or fail, and edits that are sent again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dara.core import Variable
from dara.core._edits import Replace
from dara.core._json import Json
from dara.core.errors import (
    BackendFailed,
)
from dara.core.persistence import BackendStore, InMemoryBackend
from dara.core.persistence.changelog import Writer
from dara.core.persistence.edit import Committed, Edit, Failed, OutOfStep, Rejected, Settled
from dara.core.persistence.stores import bound


class Slow(InMemoryBackend):
    """A backend whose calls yield to the event loop, so that other calls interleave."""

    async def has(self, key: str) -> bool:
        await asyncio.sleep(0)
        return await super().has(key)

    async def write(self, key: str, value: Any) -> None:
        await asyncio.sleep(0.001)
        await super().write(key, value)


class Broken(InMemoryBackend):
    async def write(self, key: str, value: Any) -> None:
        raise OSError('no space left')


class Late(InMemoryBackend):
    """A backend that writes and then raises, like a connection that breaks before the answer arrives."""

    async def write(self, key: str, value: Any) -> None:
        await super().write(key, value)
        raise TimeoutError('no answer')


class Picky(InMemoryBackend):
    """A backend that fails to write the number two."""

    async def write(self, key: str, value: Any) -> None:
        await asyncio.sleep(0)
        if value == 2:
            raise OSError('not a two')
        await super().write(key, value)


async def test_a_first_use_by_all_at_once_keeps_the_write() -> None:
    """Fifty readers race with one writer of an unused store."""
    for _ in range(20):
        store = BackendStore(Slow())
        Variable(default='default', store=store)
        await asyncio.gather(
            *(store.read() for _ in range(25)), store.write('written'), *(store.read() for _ in range(25))
        )
        assert await store.read() == 'written'


async def test_a_backend_that_raises_is_reported_and_nothing_changes() -> None:
    """The writer gets an error with its cause; the value stays."""
    store = BackendStore(Broken())
    with pytest.raises(BackendFailed, match="could not write 'global': no space left") as caught:
        await store.write(1)
    assert isinstance(caught.value.__cause__, OSError)
    assert await store.get_all() == {}
    edit = Edit(Writer('ann', 'tab', store.uid), 1, 1, bound(store).record.epoch, 0, (Replace((), 1),))
    assert isinstance(await bound(store).record.edit(edit), Failed)
    assert bound(store).record.version == 0


async def test_a_write_with_an_unknown_outcome_is_checked_in_the_backend() -> None:
    """S21: the write is not simply repeated, so nothing is counted twice."""
    store = BackendStore(Late())
    assert await store.modify(lambda count: (count or 0) + 1) == 1
    assert await store.modify(lambda count: (count or 0) + 1) == 2
    assert await store.read() == 2


async def test_no_write_succeeds_before_its_value_is_stored() -> None:
    """A write of the same value as a failed one has failed, too."""
    store = BackendStore(Picky())
    await store.write(0)
    outcomes = await asyncio.gather(store.write(1), store.write(2), store.write(2), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [BackendFailed] * 3
    assert await store.read() == 0


async def test_an_edit_is_settled_once_whether_applied_or_rejected() -> None:
    """S2, S17: an edit that is sent again is settled, whether it was applied or rejected."""
    store = BackendStore()
    await store.write({'a': 1})
    record, writer = bound(store).record, Writer('ann', 'tab', 'store')

    def edit(n: int, value: Json, *path: str) -> Edit:
        return Edit(writer, 1, n, record.epoch, record.version, (Replace(path, value),))

    assert isinstance(await record.edit(edit(1, 2, 'a')), Committed)
    assert await record.edit(edit(1, 3, 'a')) == Settled()
    rejection = await record.edit(edit(2, 4, 'no', 'place'))
    assert isinstance(rejection, Rejected)
    assert await record.edit(edit(2, 5, 'a')) == Settled(rejection.message)
    assert await record.edit(edit(1, 3, 'a')) == Settled()
    receipt = record.receipt(writer, (record.epoch, 0))
    assert receipt
    assert (receipt.n, receipt.status) == (2, 'rejected')
    assert await store.read() == {'a': 2}


async def test_an_edit_that_is_sent_again_while_it_waits_is_applied_once() -> None:
    """A tab that reconnects while the backend is slow sends its edit again; this breaks no rule of the protocol."""
    store = BackendStore(Slow())
    await store.write(0)
    record = bound(store).record
    edit = Edit(Writer('ann', 'tab', 's'), 1, 1, record.epoch, record.version, (Replace((), 1),))
    _, first, second = await asyncio.gather(store.write(5), record.edit(edit), record.edit(edit))
    assert (type(first), second) == (Committed, Settled())
    assert await store.read() == 1


async def test_an_edit_over_a_deleted_value_is_dropped_and_settled() -> None:
    """S6: ops whose path no longer exists are dropped; the edit is acknowledged."""
    store = BackendStore()
    await store.write({'a': 1})
    record = bound(store).record
    base = record.version
    await store.delete()
    outcome = await record.edit(Edit(Writer('ann', 'tab', 's'), 1, 1, record.epoch, base, (Replace(('a',), 2),)))
    assert isinstance(outcome, Committed)
    assert await store.get_all() == {}


async def test_an_edit_that_would_take_long_to_rebase_is_returned_to_its_tab() -> None:
    """S17: its number is not used up; rebasing so many ops would delay the others."""
    store = BackendStore()
    await store.write({'count': 0})
    record = bound(store).record
    base = record.version
    for count in range(1, 101):
        await store.write({'count': count})
    ops = tuple(Replace((f'field {i}',), i) for i in range(600))
    assert await record.edit(Edit(Writer('ann', 'tab', 's'), 1, 1, record.epoch, base, ops)) == OutOfStep('stale')
    assert isinstance(
        await record.edit(Edit(Writer('ann', 'tab', 's'), 1, 1, record.epoch, record.version, ops)), Committed
    )


async def test_a_backend_may_change_the_values_that_it_is_given() -> None:
    class Stamping(InMemoryBackend):
        leaves_values_alone = False

        async def write(self, key: str, value: Any) -> None:
            value['_key'] = key
            await super().write(key, value)

    store = BackendStore(Stamping())
    Variable(default={'a': 1}, store=store)
    await store.write({'a': 2})
    assert bound(store).record.value == {'a': 2}
    assert bound(store).default == {'a': 1}
