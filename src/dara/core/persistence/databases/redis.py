"""`RedisBackend`: keeps values in Redis, for many servers at once."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Collection, Coroutine, Hashable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Final

import orjson
from pydantic import Field, PrivateAttr, SecretStr

from dara.core._edits import ABSENT, Value
from dara.core.errors import InvalidDefinition
from dara.core.persistence.changelog import Change, Mark, Receipt, Update, Writer
from dara.core.persistence.databases.redis_scripts import COMMIT, LOAD, NAME, STORE, SWEEP, UPDATES, Names
from dara.core.persistence.rows import parse_update, receipt_rows
from dara.core.persistence.shared import (
    Conflict,
    Loaded,
    OnLoss,
    OnMessage,
    OnOutside,
    OnUpdate,
    Proposal,
    SharedBackend,
    is_outside,
)

if TYPE_CHECKING:  # loaded when a backend is constructed
    from dara.core.persistence.databases.redis_feed import Feed
    from dara.core.persistence.databases.redis_link import Address, Command, Link
    from dara.core.persistence.databases.redis_setup import Setup
    from dara.core.persistence.databases.redis_upkeep import Stale, Upkeep

RECEIPT_SECONDS: Final = 24 * 3600
SWEEP_EVERY: Final = 50
WAIT_MILLISECONDS: Final = 1500
KEYS_AT_ONCE: Final = 64
SWEPT_KEYS: Final = 1000


class RedisBackend(SharedBackend):
    """A backend that keeps values in Redis 7 or newer, or in Valkey. Many servers may serve the same data at once.

        backend = RedisBackend('redis://localhost:6379/0', name='settings')
        settings = Variable({}, store=BackendStore(uid='settings', backend=backend))

    A commit is one script: it is stored as a whole or not at all, and other servers hear of it in the same moment. It
    is as durable as Redis makes it. With `appendfsync always` it is on disk when it returns. With `everysec`, a power
    cut may take the last two seconds, and so may the end of Redis while its disk is slow; without an append-only file,
    the end of Redis takes whatever it has not saved. After a failover to a replica that was behind, commits are
    missing. Wherever that happens, tabs that still have them say what was not saved, and nothing is applied twice.

    With `replicas`, a commit counts only once that many replicas have it, and no server shows it before, so that a
    failover to one of these loses nothing. While fewer replicas are connected, values can be neither written nor read.

    Another program writes a value by a function in Redis, and open tabs show it at once:

        FCALL dara_write 1 '{settings:global}' '{"theme": "dark"}'
        FCALL dara_delete 1 '{settings:global}'

    The key is `{NAME:KEY}`, with `%`, `{` and `}` in KEY written as `%25`, `%7B` and `%7D`; `global` is the KEY of a
    store for all users. The value is the field `value` of the hash of that name; a value larger than 16 KB may be two
    seconds old there; if its server ends meanwhile, another one stores it soon. Do not write to the hash
    itself. The user of Redis needs `+@all -@dangerous +info` on `~{NAME:*`, `&{NAME:*`, `~{NAME_server:*` and
    `&{NAME_server:*`, and `+config|get` if `durability` is to be known. Redis Cluster is refused, and so
    is the address of a Sentinel.

    Args:
        url: the address, `redis://USER:PASSWORD@HOST:PORT/NUMBER`; `rediss://` for TLS, with the option
            `?ssl_ca_certs=PATH` for a CA of your own; or `unix:///PATH`.
        name: tells the values of several stores or apps in one database from each other.
        replicas: the number of replicas that must have a commit before it counts.

    Raises:
        InvalidDefinition: an argument is wrong, or a package is missing.
        InvalidConfig: at the first use: the database is too old, evicts keys, lacks rights, or is of a newer Dara.
    """

    _commits_at_once: ClassVar[int] = 2

    url: SecretStr
    name: str = Field(default='dara', pattern=NAME)
    replicas: int = Field(default=0, ge=0)

    _address: Address = PrivateAttr()
    _names: Names = PrivateAttr()
    _setup: Setup = PrivateAttr()
    _link: Link = PrivateAttr()
    _feed: Feed = PrivateAttr()
    _upkeep: Upkeep = PrivateAttr()
    _background: set[asyncio.Task[None]] = PrivateAttr(default_factory=set)

    def __init__(self, url: str | SecretStr, name: str = 'dara', replicas: int = 0) -> None:
        fields: dict[str, Any] = {'url': url, 'name': name, 'replicas': replicas}
        super().__init__(**fields)

    def model_post_init(self, context: Any) -> None:
        super().model_post_init(context)
        try:
            from dara.core.persistence.databases.redis_feed import Feed
            from dara.core.persistence.databases.redis_link import Address, Link
            from dara.core.persistence.databases.redis_setup import Setup
            from dara.core.persistence.databases.redis_upkeep import Upkeep
        except ImportError as error:
            raise InvalidDefinition(f"RedisBackend: {error}; run pip install 'dara-live[redis]'") from None
        try:
            self._address = Address(self.url.get_secret_value())
        except ValueError as error:
            raise InvalidDefinition(f'RedisBackend: {error}') from None
        self._names = Names(self.name)
        self._setup = Setup(self.describe(), self._names, waits=bool(self.replicas))
        self._link = Link(self._address, self._setup.prepare)
        self._feed = Feed(self._address, self._names, self.describe(), self._call)
        self._upkeep = Upkeep(self._stale, self._store_left)

    def _begin_in_child(self) -> None:
        super()._begin_in_child()
        self._background = set()
        self.model_post_init(None)

    @property
    def durability(self) -> str:
        return 'replicated' if self.replicas else self._setup.durability

    @property
    def identity(self) -> Hashable:
        return ('redis', self._address.text, self.name)

    def describe(self) -> str:
        return f'Redis at {self._address.text}, name {self.name!r}'

    async def load(self, key: str) -> Loaded:
        (answer,) = await self._call_durably([LOAD.on(self._names.record(key))])
        _, version, tip, _, snapshot_version, _ = _checked(answer)
        if snapshot_version < version:
            self._upkeep.note(key, tip.decode())
        return _loaded(answer)

    async def updates(self, key: str, since: str) -> Sequence[Update] | None:
        (answer,) = await self._call_durably([UPDATES.on(self._names.record(key), since, _start_after(since))])
        return _updates(_checked(answer))

    async def receipts(self, key: str, writers: Collection[Writer]) -> Mapping[Writer, Receipt]:
        if not writers:
            return {}
        fields = [_field(writer) for writer in writers]
        (answer,) = await self._call_durably([('HMGET', self._names.receipts(key), *fields)])
        found = zip(writers, _checked(answer), strict=True)
        return {writer: Receipt(*orjson.loads(each.partition(b' ')[2])) for writer, each in found if each}

    async def commit(self, proposals: Sequence[Proposal]) -> Sequence[Conflict | Exception | None]:
        names, is_silent = self._names, self.replicas > 0
        with self._feed.making(each.update for each in proposals):
            answers = await self._call_durably([_command(each, names, is_silent=is_silent) for each in proposals])
        stored = [each for each, answer in zip(proposals, answers, strict=True) if answer is None]
        self._follow_up(stored)
        return [answer if isinstance(answer, Exception) else _conflict(answer) for answer in answers]

    async def tips(self, keys: Collection[str]) -> Mapping[str, str]:
        answers = await self._call([('HGET', self._names.record(key), 'tip') for key in keys])
        return {key: _checked(tip).decode() for key, tip in zip(keys, answers, strict=True) if tip}

    async def watch(self, on_update: OnUpdate, on_loss: OnLoss) -> None:
        await self._feed.watch(on_update, on_loss)
        self._upkeep.start()

    async def serve(self, added: Collection[str], dropped: Collection[str]) -> None:
        await self._feed.serve(added, dropped)

    async def watch_outside(self, on_outside: OnOutside) -> None:
        await self._feed.watch_outside(on_outside)

    async def send(self, message: str) -> None:
        await self._call([('PUBLISH', self._names.messages, message)])

    async def receive(self, on_message: OnMessage) -> None:
        await self._feed.receive(on_message)

    async def store_snapshot(self, key: str, tip: str, value: bytes | None) -> None:
        arguments = (tip, value or b'', 'absence' if value is None else 'value')
        (answer,) = await self._call([STORE.on(self._names.record(key), *arguments)])
        _checked(answer)

    async def items(self) -> AsyncIterator[tuple[str, Value]]:
        cursor = b'0'
        while True:
            cursor, found = await self._scan(cursor, KEYS_AT_ONCE)
            for record, value in await self._values(found):
                if value is not ABSENT:
                    yield self._names.key(record), value
            if cursor == b'0':
                return

    async def close(self) -> None:
        loop = asyncio.get_running_loop()
        running = [task for task in self._background if task.get_loop() is loop]
        for task in running:
            task.cancel()
        await asyncio.gather(self._upkeep.close(), self._feed.close(), self._link.close())
        if running:
            await asyncio.wait(running)

    async def _scan(self, cursor: bytes, count: int) -> tuple[bytes, Sequence[bytes]]:
        """Return about `count` records after a cursor, and the next cursor: `0` at the end."""
        scan = ('SCAN', cursor, 'MATCH', self._names.pattern, 'COUNT', count, 'TYPE', 'hash')
        (answer,) = await self._call([scan])
        following, found = _checked(answer)
        return following, found

    async def _stale(self, cursor: bytes) -> tuple[Stale, bytes]:
        """Return the next records whose values are older than their latest edits, and the next cursor."""
        following, records = await self._scan(cursor, SWEPT_KEYS)
        answers = await self._call([('HMGET', record, 'version', 'snapshot', 'tip') for record in records])
        found = zip(map(self._names.key, records), map(_checked, answers), strict=True)
        stale = [(key, tip.decode()) for key, (version, snapshot, tip) in found if tip and version != snapshot]
        return stale, following

    async def _values(self, records: Sequence[bytes]) -> list[tuple[bytes, Value]]:
        """Return the values of records: most are snapshots of the present version, the others follow from their log."""
        answers = await self._call([('HMGET', record, 'version', 'snapshot', 'value') for record in records])
        found = {record: _checked(answer) for record, answer in zip(records, answers, strict=True)}
        behind = [record for record, (version, snapshot, _) in found.items() if version != snapshot]
        loaded = await self._call([LOAD.on(record) for record in behind])
        values = {record: _value(value) for record, (_, _, value) in found.items()}
        values |= {record: _loaded(_checked(answer)).value for record, answer in zip(behind, loaded, strict=True)}
        return list(values.items())

    async def _call(self, commands: Sequence[Command]) -> list[Any]:
        """Run commands in one round trip. An answer is an exception if Redis refused that command."""
        return await self._setup.repair(self._link, commands, await self._link.call(commands)) if commands else []

    async def _call_durably(self, commands: Sequence[Command]) -> list[Any]:
        """Run commands; what they answer is on the replicas."""
        if not self.replicas:
            return await self._call(commands)
        mark: Command = ('PUBLISH', self._names.schema, '')  # for which the replicas are waited for, and all before it
        *answers, _, count = await self._call([*commands, mark, ('WAIT', self.replicas, WAIT_MILLISECONDS)])
        if _checked(count) < self.replicas:
            raise ConnectionError(f'only {count} of {self.replicas} replicas have answered')
        return answers

    def _follow_up(self, stored: Sequence[Proposal]) -> None:
        """Start what follows commits: their announcement unless the script has made it, and a sweep of receipts."""
        if self.replicas and stored:
            news: list[Command] = [('PUBLISH', self._names.record(each.key), each.encoded_update) for each in stored]
            if any(is_outside(each.update.tip) for each in stored):
                news.append(('PUBLISH', self._names.outside, ''))
            self._start(self._announce(news))
        for each in stored:
            if each.update.mark.version % SWEEP_EVERY == 0:
                self._start(self._sweep(each.key))

    async def _announce(self, news: Sequence[Command]) -> None:
        await self._call(news)

    async def _sweep(self, key: str) -> None:
        """Remove old receipts while many of a random sample are."""
        is_worth_it = True
        while is_worth_it:
            (answer,) = await self._call([SWEEP.on(self._names.record(key), RECEIPT_SECONDS)])
            is_worth_it = bool(_checked(answer))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._background.discard(task)
        if not task.cancelled():
            task.exception()  # it matters to nobody: others notice a gap, and later sweeps follow


def _command(proposal: Proposal, names: Names, *, is_silent: bool) -> Command:
    update, value = proposal.update, proposal.encoded if proposal.is_snapshot else None
    stores = 'nothing' if not proposal.is_snapshot else 'absence' if value is None else 'value'
    size = update.change.size if isinstance(update.change, Change) else len(proposal.encoded or b'')
    return COMMIT.on(
        names.record(proposal.key),
        *(update.tip.partition(':')[0], int(proposal.has_turn), int(is_silent)),
        *(update.base, _start_after(update.base), update.tip, *update.mark),
        *(proposal.encoded_update, size, value or b'', stores),
        *(part for receipt in update.receipts.items() for part in _receipt_row(*receipt)),
    )


def _start_after(tip: str) -> bytes:
    """Return how the JSON of an update begins that follows a tip."""
    return orjson.dumps([tip])[:-1] + b','


@lru_cache
def _field(writer: Writer) -> bytes:
    return hashlib.blake2b(repr(writer).encode('utf-8', 'surrogatepass'), digest_size=16).digest()


def _receipt_row(writer: Writer, receipt: Receipt) -> tuple[bytes, bytes]:
    ((_, row),) = receipt_rows([(writer, receipt)])
    return _field(writer), orjson.dumps(row)


def _checked(answer: Any) -> Any:
    if isinstance(answer, Exception):
        raise answer
    return answer


def _updates(found: Sequence[bytes] | None) -> list[Update] | None:
    return None if found is None else [parse_update(each) for each in found]


def _conflict(answer: Any) -> Conflict | None:
    return Conflict(_updates(answer[1]), bool(answer[0])) if answer else None


def _loaded(answer: Sequence[Any]) -> Loaded:
    epoch, version, tip, snapshot, snapshot_version, updates = answer
    mark = Mark(epoch.decode() or secrets.token_hex(8), version)
    return Loaded.replay(mark, tip.decode(), _value(snapshot), snapshot_version, _updates(updates) or [])


def _value(encoded: bytes | None) -> Value:
    value: Value = ABSENT if encoded is None else orjson.loads(encoded)
    return value
