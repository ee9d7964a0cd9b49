"""Records of many servers over one shared backend, with faults between them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from pydantic import PrivateAttr

from dara.core._edits import Splice
from dara.core._json import Json, json_equal
from dara.core.errors import BackendFailed
from dara.core.persistence import PostgresBackend, RedisBackend, SQLiteBackend
from dara.core.persistence.changelog import Change, Mark, Receipt, Update, Writer
from dara.core.persistence.edit import Committed, Edit, Failed, OutOfStep, Settled
from dara.core.persistence.records import Records
from dara.core.persistence.shared import Conflict, OnLoss, OnUpdate, Proposal, SharedBackend
from dara.testing import MemoryDatabase, SharedMemoryBackend
from tests.records import KEY, Server

SERVERS, CLIENTS, EDITS = 3, 9, 20


class FaultyBackend(SharedMemoryBackend):
    """A backend over a network that delays calls, loses answers, and drops reports of the feed."""

    seed: int = 0
    unknown: float = 0
    dropped: float = 0
    cannot_read: bool = False
    loses_answers: bool = False
    _random: random.Random = PrivateAttr()

    def model_post_init(self, context: object) -> None:
        super().model_post_init(context)
        self._random = random.Random(self.seed)

    async def _travel(self) -> None:
        for _ in range(self._random.randrange(4)):
            await asyncio.sleep(0)

    async def commit(self, proposals: Sequence[Proposal]) -> Sequence[Conflict | Exception | None]:
        await self._travel()
        if self._random.random() < self.unknown:
            raise ConnectionError('lost on the way there')
        answers = await super().commit(proposals)
        await self._travel()
        if self.loses_answers or self._random.random() < self.unknown:
            raise ConnectionError('lost on the way back')
        return answers

    async def updates(self, key: str, since: str) -> Sequence[Update] | None:
        await self._travel()
        if self.cannot_read:
            raise ConnectionError('no answer')
        return await super().updates(key, since)

    async def receipts(self, key: str, writers: Collection[Writer]) -> Mapping[Writer, Receipt]:
        if self.cannot_read:
            raise ConnectionError('no answer')
        return await super().receipts(key, writers)

    async def tips(self, keys: Collection[str]) -> dict[str, str]:
        await self._travel()
        return dict(await super().tips(keys))

    async def watch(self, on_update: OnUpdate, on_loss: OnLoss) -> None:
        async def late(key: str, update: Update) -> None:
            await self._travel()
            on_update(key, update)

        def report(key: str, update: Update) -> None:
            if self._random.random() >= self.dropped:
                tasks.append(asyncio.ensure_future(late(key, update)))

        tasks: list[asyncio.Future[None]] = []
        await super().watch(report, on_loss)


def new_server(database: MemoryDatabase, seed: int, *, unknown: float, dropped: float) -> Server:
    """Return one of the servers over a database."""
    return Server(FaultyBackend(database=database, seed=seed, unknown=unknown, dropped=dropped))


@dataclass
class Client:
    """A person who types characters of their own, in a tab that moves between the servers."""

    writer: Writer
    characters: list[str]
    at: Server

    async def type(self, random: random.Random, servers: list[Server]) -> None:
        for n, character in enumerate(self.characters, 1):
            while not await self._is_acknowledged(n, character, random):
                if random.random() < 0.5:
                    self.at = random.choice(servers)

    async def _is_acknowledged(self, n: int, character: str, random: random.Random) -> bool:
        record = self.at.record
        await record.catch_up_to(record.epoch, record.version, self.writer)
        value: Any = record.value
        splice = Splice(('text',), random.randint(0, len(value['text'])), 0, character)
        edit = Edit(self.writer, self.writer.author, n, record.epoch, record.version, (splice,))
        outcome = await record.edit(edit)
        assert isinstance(outcome, (Committed, Settled, Failed, OutOfStep)), outcome
        return isinstance(outcome, (Committed, Settled))


def _counted(value: Any) -> Json:
    return {**value, 'count': value['count'] + 1}


async def count(server: Server, times: int, random: random.Random) -> tuple[int, int]:
    """Count in server code; return how often that succeeded, and how often its outcome is unknown."""
    done = unknown = 0
    for _ in range(times):
        for _ in range(random.randrange(5)):
            await asyncio.sleep(0)
        try:
            await server.record.transact(_counted)
        except BackendFailed:
            unknown += 1
        else:
            done += 1
    return done, unknown


@pytest.mark.parametrize('seed', range(8))
async def test_every_edit_is_there_once_whichever_server_commits_it(seed: int) -> None:
    """Tabs move, commits race, answers are lost, and the feed drops reports. Nothing is lost or applied twice."""
    chance = random.Random(seed)
    database = MemoryDatabase()
    servers = [new_server(database, seed * 10 + i, unknown=0.05, dropped=0.1) for i in range(SERVERS)]
    for server in servers:
        await server.start()
    alphabet = iter(range(0x4E00, 0x9FFF))
    clients = [
        Client(Writer('user', f'tab {i}', 'doc'), [chr(next(alphabet)) for _ in range(EDITS)], chance.choice(servers))
        for i in range(CLIENTS)
    ]
    counting = [count(server, 20, random.Random(seed + i)) for i, server in enumerate(servers)]
    typing = [client.type(random.Random(seed + i), servers) for i, client in enumerate(clients)]
    counted = (await asyncio.gather(asyncio.gather(*counting), asyncio.gather(*typing)))[0]
    stored: Any = await servers[0].records.backend.read(KEY)
    text, total = stored['text'], stored['count']
    assert sorted(text) == sorted(character for client in clients for character in client.characters)
    done, unknown = sum(each[0] for each in counted), sum(each[1] for each in counted)
    assert done <= total <= done + unknown
    for server in servers:
        await server.record.refresh()
        assert json_equal(server.record.value, stored)
        assert all(before.version <= after.base for before, after in pairwise(server.published))
        if not server.epochs:
            assert all(before.version == after.base for before, after in pairwise(server.published))


async def test_a_server_that_could_not_ask_asks_again() -> None:
    """It knows that it may lack commits, until the backend has answered."""
    database = MemoryDatabase()
    here, there = (new_server(database, seed, unknown=0, dropped=0) for seed in (1, 2))
    here.records.backend.dropped = 1  # type: ignore[attr-defined]
    for server in (here, there):
        await server.start()
    await there.record.transact(_counted)
    here.records.backend.cannot_read = True  # type: ignore[attr-defined]
    here.record.hear(None)
    with pytest.raises(BackendFailed):
        await here.record.adopt_news()
    here.records.backend.cannot_read = False  # type: ignore[attr-defined]
    await here.record.adopt_news()
    assert json_equal(here.record.value, {'text': '', 'count': 1})


async def test_a_receipt_of_another_server_comes_with_its_edit() -> None:
    """A tab that moves here after its edit is not told that it was applied while it is not shown."""
    database = MemoryDatabase()
    here, there = (new_server(database, seed, unknown=0, dropped=1) for seed in (1, 2))
    for server in (here, there):
        await server.start()
    epoch, version, writer = here.record.epoch, here.record.version, Writer('user', 'tab', 'doc')
    edit = Edit(writer, writer.author, 1, epoch, version, (Splice(('text',), 0, 0, 'x'),))
    assert isinstance(await there.record.edit(edit), Committed)
    await here.record.catch_up_to(epoch, version, writer)
    receipt = here.record.receipt(writer, (epoch, version))
    assert receipt
    assert (receipt.n, here.record.value) == (1, {'text': 'x', 'count': 0})


async def test_a_server_that_is_behind_catches_up_before_it_judges_an_edit() -> None:
    """The tab has seen more than the server to which it moves."""
    database = MemoryDatabase()
    here, there = (new_server(database, seed, unknown=0, dropped=1) for seed in (1, 2))
    for server in (here, there):
        await server.start()
    writer = Writer('user', 'tab', 'doc')
    for n, server in enumerate((there, there, here), 1):
        at = there.record
        edit = Edit(writer, writer.author, n, at.epoch, at.version, (Splice(('text',), 0, 0, str(n)),))
        assert isinstance(await server.record.edit(edit), Committed)
    assert here.text == '321'


async def test_an_epoch_that_begins_is_no_change() -> None:
    """Tabs hear that versions do not go on, even if nothing was lost."""
    database = MemoryDatabase()
    server = new_server(database, 1, unknown=0, dropped=1)
    await server.start()
    row = database.named('dara').row(KEY)
    version = row.mark.version
    update = Update(row.tip, 'epoch:1', Mark('new', version + 1), Change(version, version + 1, ()))
    assert database.named('dara').commit(Proposal(KEY, update, server.record.value)) is None
    await server.record.refresh()
    assert (server.epochs, server.record.epoch) == (['new'], 'new')


@pytest.mark.parametrize('length', [1, 41, 42, 50])
def test_a_sibling_has_a_name_that_every_backend_accepts(length: int) -> None:
    """Another one than that of any other app."""
    names = ['a' * length, 'a' * (length - 1) + 'b']
    backends: list[Callable[[str], SharedBackend]] = [
        lambda name: SQLiteBackend('data.db', name),
        lambda name: PostgresBackend('postgresql://host/database', name=name),
        lambda name: RedisBackend('redis://host', name),
    ]
    for new in backends:
        siblings = [new(name).sibling('sessions').name for name in names]
        assert all(each.endswith('_sessions') for each in siblings)
        assert len({*siblings, *names}) == 4


async def test_the_feed_brings_a_commit_whose_answer_was_lost() -> None:
    """The server adopts it once, and goes on from the commits that followed it."""
    database = MemoryDatabase()
    here, there = (new_server(database, seed, unknown=0, dropped=0) for seed in (1, 2))
    for server in (here, there):
        await server.start()
    backend: Any = here.records.backend
    backend.loses_answers = backend.cannot_read = True
    with pytest.raises(BackendFailed):
        await here.record.transact(_counted)
    backend.loses_answers = backend.cannot_read = False
    await there.record.transact(_counted)
    for _ in range(10):
        await asyncio.sleep(0)
    await here.record.adopt_news()
    assert json_equal(here.record.value, {'text': '', 'count': 2})
    await here.record.transact(_counted)
    assert json_equal(database.named('dara').row(KEY).loaded().value, {'text': '', 'count': 3})
    assert [change.version for change in here.published] == list(range(2, 5))


async def test_servers_with_different_defaults_show_one_value() -> None:
    """As during a deployment: the first edit of a value stores all of it, and others need not know the default."""
    database = MemoryDatabase()
    here, there = (new_server(database, seed, unknown=0, dropped=0) for seed in (1, 2))
    defaults: list[Any] = [{'text': 'old', 'count': 0}, {'title': ''}]
    for server, default in zip((here, there), defaults, strict=True):
        await server.records.watch(KEY)
        server.record.set_default(default, store='doc', may_be_stored=False)
        await server.record.load()
    writer = Writer('user', 'tab', 'doc')
    splice = Splice(('text',), 3, 0, '!')
    assert isinstance(
        await here.record.edit(Edit(writer, writer.author, 1, here.record.epoch, 0, (splice,))), Committed
    )
    await there.record.refresh()
    assert json_equal(there.record.value, {'text': 'old!', 'count': 0})
    await there.record.transact(_counted)
    await here.record.refresh()
    assert json_equal(here.record.value, {'text': 'old!', 'count': 1})


async def test_a_commit_that_does_not_fit_is_replaced_by_the_value() -> None:
    """Whatever the reason, a server never commits onto a value that it does not have."""
    database = MemoryDatabase()
    here, there = (new_server(database, seed, unknown=0, dropped=0) for seed in (1, 2))
    for server in (here, there):
        await server.start()
    there.record._timeline.value = {'something': 'else'}
    await here.record.transact(_counted)
    writer = Writer('user', 'tab', 'doc')
    splice = Splice(('text',), 0, 0, 'x')
    await here.record.edit(Edit(writer, writer.author, 1, here.record.epoch, here.record.version, (splice,)))
    await there.record.refresh()
    assert json_equal(there.record.value, {'text': 'x', 'count': 1})
    assert len(there.epochs) == 1
    await there.record.transact(_counted)
    stored: Any = await here.records.backend.read(KEY)
    assert json_equal(stored, {'text': 'x', 'count': 2})


async def test_a_key_that_is_opened_again_while_it_is_dropped_is_followed() -> None:
    class SlowBackend(SharedMemoryBackend):
        async def serve(self, added: Collection[str], dropped: Collection[str]) -> None:
            for _ in range(5):
                await asyncio.sleep(0)
            await super().serve(added, dropped)

    database = MemoryDatabase()
    records = Records(SlowBackend(database=database))
    await records.watch(KEY)
    await records.get(KEY).load()
    records.evict_idle(0)
    other = asyncio.ensure_future(records.watch('other'))
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # by now it is being dropped
    record = records.get(KEY)
    await asyncio.gather(other, records.watch(KEY))
    await record.load()
    database.named('dara').write_from_outside(KEY, 'new')
    for _ in range(10):
        await asyncio.sleep(0)
    assert record.value == 'new'
