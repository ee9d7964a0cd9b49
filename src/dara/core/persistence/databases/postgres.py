"""`PostgresBackend`: keeps values in a Postgres database that many servers share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, ClassVar, Final

import orjson
from pydantic import ConfigDict, Field, PrivateAttr, SecretStr, field_validator

from dara.core._edits import ABSENT, Value
from dara.core.errors import InvalidDefinition
from dara.core.persistence.changelog import Mark, Receipt, Update, Writer
from dara.core.persistence.databases.postgres_address import Address
from dara.core.persistence.databases.postgres_connections import Connections
from dara.core.persistence.databases.postgres_feed import Feed
from dara.core.persistence.databases.postgres_schema import prepare
from dara.core.persistence.databases.postgres_upkeep import Upkeep
from dara.core.persistence.databases.postgres_waiting import wait_for_commits
from dara.core.persistence.rows import parse_update, receipt_rows
from dara.core.persistence.shared import (
    NO_TIP,
    Conflict,
    Loaded,
    OnLoss,
    OnMessage,
    OnOutside,
    OnUpdate,
    Proposal,
    SharedBackend,
)

READS: Final = 4
LOAD: Final = """
SELECT here, coalesce(epoch, dara.first_epoch($1, $2)) AS epoch, version, tip, value, snapshot_version, instance, ARRAY(
    SELECT content::text FROM (
        SELECT content, version, row_number() OVER newest AS number, sum(size) OVER newest AS total
        FROM dara.log WHERE store = $1 AND key = $2 WINDOW newest AS (ORDER BY version DESC)
    ) AS l WHERE version > snapshot_version OR (number <= 1000 AND total <= 262144) ORDER BY version
) AS updates
FROM dara.instance() AS here LEFT JOIN dara.record ON store = $1 AND key = $2
"""
COMMIT: Final = """
SELECT * FROM dara.commit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
"""
RECEIPTS: Final = 'SELECT writer, content FROM dara.receipt WHERE store = $1 AND key = $2 AND writer = ANY($3::bytea[])'
TIPS: Final = "SELECT key, tip FROM dara.record WHERE store = $1 AND key = ANY($2::text[]) AND tip <> ''"
ITEMS: Final = """
SELECT key, epoch, version, tip, value, snapshot_version, CASE WHEN snapshot_version < version THEN ARRAY(
    SELECT content::text FROM dara.log AS l
    WHERE l.store = $1 AND l.key = page.key AND l.version > page.snapshot_version ORDER BY l.version
) END AS updates
FROM (
    SELECT *, row_number() OVER by_key AS number, sum(coalesce(pg_column_size(value), 0)) OVER by_key AS total
    FROM (SELECT * FROM dara.record WHERE (store, key) > ($1, $2) ORDER BY store, key LIMIT 500) AS r
    WHERE store = $1 WINDOW by_key AS (ORDER BY key)
) AS page
WHERE number = 1 OR total <= 1000000 ORDER BY key
"""
"""The next keys, so many that their compressed values have 1 MB at most."""
REFUSED_CLASSES: Final = ('22', '23', '54', 'P0')
"""The classes of errors in which the database refuses a value: invalid data, a constraint, a limit, a trigger."""
RENEW: Final = 'SELECT dara.renew($1, $2)'
SNAPSHOT: Final = 'SELECT dara.snapshot($1, $2, $3, $4::text::json)'
BUSY: Final = ('40001', '40P01', '55P03')
"""The errors after which a statement may be tried again: it lost against another one, and nothing was stored."""


@dataclass(slots=True, eq=False)
class _Link:
    """The connections of one event loop.

    Attributes:
        instance: the identity of the database's history, as far as it is known.
    """

    loop: asyncio.AbstractEventLoop
    reads: Connections
    writes: Connections
    announcing: Connections
    feed: Feed
    upkeep: Upkeep
    preparing: asyncio.Lock
    instance: str = ''

    async def close(self) -> None:
        try:
            for each in (self.upkeep, self.feed, self.reads, self.writes, self.announcing):
                await each.close()
            await asyncio.sleep(0)  # the event loop then lets go of the connections
        finally:  # also if the caller waits no longer
            for connected in (self.feed, self.reads, self.writes, self.announcing):
                connected.terminate()


class PostgresBackend(SharedBackend):
    """A backend that keeps values in a Postgres database, which any number of servers share.

    ```python
    backend = PostgresBackend(os.environ['DATABASE_URL'])
    notes = Variable([], store=BackendStore(backend=backend))
    ```

    A write is on the database's disk when it returns, and on the standbys that the database waits for. Servers see each
    other's commits within milliseconds. The tables are made in the schema `dara` when a server first connects.

    Other programs may read and write `dara.record`, where `value` is JSON:
    `UPDATE dara.record SET value = '"new"' WHERE key = 'global'`. Their changes are shown at once, and merged with what
    people type. While a large value is being edited the row may be two seconds old; an UPDATE is then refused.
    A promoted standby or a restored copy may have lost commits: tabs learn that, and continue with what it has.

    Args:
        dsn: the URL, `postgresql://user:password@host:5432/database?sslmode=verify-full`. Several hosts, separated by
            commas, are tried until one is the primary. What is missing comes from variables such as `PGPASSWORD`.
        name: tells apps that share one database from each other.
        listen_dsn: a URL around a connection pooler such as PgBouncer in transaction mode, if `dsn` leads to one.

    Raises:
        InvalidDefinition: an argument is invalid, or asyncpg is not installed.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    _commits_at_once: ClassVar[int] = 2

    dsn: SecretStr
    name: str = Field(default='dara', pattern=r'^[A-Za-z0-9_.~-]{1,50}$')
    listen_dsn: SecretStr | None = None

    _address: Address = PrivateAttr()
    _link: _Link | None = PrivateAttr(default=None)
    _durability: str = PrivateAttr(default='disk')

    def __init__(self, dsn: str | SecretStr, *, name: str = 'dara', listen_dsn: str | SecretStr | None = None) -> None:
        fields: dict[str, Any] = {'dsn': dsn, 'name': name, 'listen_dsn': listen_dsn}
        super().__init__(**fields)

    @field_validator('dsn', 'listen_dsn')
    @classmethod
    def _is_url(cls, given: SecretStr | None) -> SecretStr | None:
        if given:
            Address.parse(given.get_secret_value())
        return given

    def model_post_init(self, context: Any) -> None:
        super().model_post_init(context)
        try:
            import asyncpg  # noqa: F401
        except ImportError:
            raise InvalidDefinition(
                "PostgresBackend needs asyncpg, which is not installed: pip install 'dara-live[postgres]'"
            ) from None
        self._address = Address.parse(self.dsn.get_secret_value())

    def _begin_in_child(self) -> None:
        super()._begin_in_child()
        self._link = None

    @property
    def durability(self) -> str:
        return self._durability

    @property
    def identity(self) -> Hashable:
        address = self._address
        return ('postgres', address.hosts, address.ports, address.database, address.user, self.name)

    def describe(self) -> str:
        return f'{self._address}, name {self.name!r}'

    async def load(self, key: str) -> Loaded:
        link = await self._opened()
        [row] = await link.reads.call(lambda connection: connection.fetch(LOAD, self.name, key))
        link.instance = row['here']
        if row['version'] is None:
            return Loaded(Mark(row['epoch'], 0), NO_TIP, ABSENT)
        if row['instance'] != row['here']:
            await link.writes.call(lambda connection: connection.execute(RENEW, self.name, key))
            return await self.load(key)
        return _loaded(row)

    async def updates(self, key: str, since: str) -> Sequence[Update] | None:
        link = await self._opened()
        found = await link.reads.call(
            lambda connection: connection.fetchval('SELECT dara.since($1, $2, $3)', self.name, key, since)
        )
        return _updates(found)

    async def receipts(self, key: str, writers: Collection[Writer]) -> Mapping[Writer, Receipt]:
        link = await self._opened()
        if self.writer in writers:
            await self._wait_for_commits(link, key)
        by_hash = {_hash(each): each for each in writers}
        rows = await link.reads.call(lambda connection: connection.fetch(RECEIPTS, self.name, key, list(by_hash)))
        return {by_hash[row['writer']]: Receipt(*orjson.loads(row['content'])) for row in rows}

    async def _wait_for_commits(self, link: _Link, key: str) -> None:
        from asyncpg import LockNotAvailableError

        try:
            await link.reads.call(lambda connection: wait_for_commits(connection, self.name, key))
        except LockNotAvailableError:
            raise TimeoutError('a commit is under way that waits for the disk or a standby of the database') from None

    async def commit(self, proposals: Sequence[Proposal]) -> Sequence[Conflict | Exception | None]:
        link = await self._opened()
        by_key = sorted(proposals, key=lambda each: each.key)
        answers = dict(zip(by_key, await self._commit(link, by_key), strict=True))
        for proposal, answer in answers.items():
            if answer is None:
                link.feed.commit(proposal.key, proposal.update)
        return [answers[each] for each in proposals]

    async def _commit(
        self, link: _Link, proposals: Sequence[Proposal], *, is_patient: bool = True
    ) -> list[Conflict | Exception | None]:
        """Commit proposals; if the database refuses some, the answer to each of these is the reason."""
        from asyncpg import PostgresError

        try:
            arguments = (self.name, link.instance, is_patient, *columns_of(proposals))
            rows = await link.writes.call(lambda connection: connection.fetch(COMMIT, *arguments))
        except (PostgresError, ValueError) as error:
            code = getattr(error, 'sqlstate', None) or '22'
            if code in BUSY and is_patient:
                return await self._commit(link, proposals, is_patient=False)
            if code[:2] not in REFUSED_CLASSES:
                raise
            if len(proposals) == 1:
                return [error]
            half = len(proposals) // 2
            return [
                *await self._commit(link, proposals[:half], is_patient=is_patient),
                *await self._commit(link, proposals[half:], is_patient=is_patient),
            ]
        answers: list[Conflict | Exception | None] = [None] * len(proposals)
        for row in rows:
            answers[row['place'] - 1] = _refusal(row)
        return answers

    async def tips(self, keys: Collection[str]) -> Mapping[str, str]:
        link = await self._opened()
        rows = await link.reads.call(lambda connection: connection.fetch(TIPS, self.name, list(keys)))
        return {row['key']: row['tip'] for row in rows}

    async def watch(self, on_update: OnUpdate, on_loss: OnLoss) -> None:
        link = await self._opened()
        await link.feed.watch(on_update, on_loss)
        link.upkeep.start()

    async def serve(self, added: Collection[str], dropped: Collection[str]) -> None:
        await (await self._opened()).feed.serve(added, dropped)

    async def watch_outside(self, on_outside: OnOutside) -> None:
        await (await self._opened()).feed.watch_outside(on_outside)

    async def send(self, message: str) -> None:
        await (await self._opened()).feed.send(message)

    async def receive(self, on_message: OnMessage) -> None:
        await (await self._opened()).feed.receive(on_message)

    async def store_snapshot(self, key: str, tip: str, value: bytes | None) -> None:
        link = await self._opened()
        content = None if value is None else value.decode()
        await link.reads.call(lambda connection: connection.execute(SNAPSHOT, self.name, key, tip, content))

    async def items(self) -> AsyncIterator[tuple[str, Value]]:
        link = await self._opened()
        last = ''
        while True:
            rows = await link.reads.call(
                lambda connection, after=last: connection.fetch(ITEMS, self.name, after)  # type: ignore[misc]
            )
            if not rows:
                return
            for row in rows:
                value = _loaded(row).value
                if value is not ABSENT:
                    yield row['key'], value
            last = rows[-1]['key']

    async def close(self) -> None:
        link, self._link = self._link, None
        if link and link.loop is asyncio.get_running_loop():
            await link.close()

    async def _opened(self) -> _Link:
        """Return the connections of this event loop, to a database with our schema."""
        loop = asyncio.get_running_loop()
        if self._link is None or self._link.loop is not loop:
            self._link = self._new_link(loop)
        link = self._link
        async with link.preparing:
            if not link.instance:
                status = await link.writes.call(lambda connection: prepare(connection, str(self._address)))
                link.instance, self._durability = status
        return link

    def _new_link(self, loop: asyncio.AbstractEventLoop) -> _Link:
        is_pooled = self.listen_dsn is not None
        sizes = (READS, self._commits_at_once, 1)
        reads, writes, announcing = (Connections(self._address, size, is_pooled=is_pooled) for size in sizes)
        listening = Address.parse(self.listen_dsn.get_secret_value()) if self.listen_dsn else self._address
        feed = Feed(self.name, listening, reads, announcing, is_pooled=is_pooled)
        upkeep = Upkeep(self.name, reads, self._store_left)
        return _Link(loop, reads, writes, announcing, feed, upkeep, asyncio.Lock())


def columns_of(proposals: Sequence[Proposal]) -> tuple[list[Any], ...]:
    """Return proposals as the columns that `dara.commit` takes, and their receipts."""
    rows = [
        (
            each.key,
            each.update.base,
            each.update.tip,
            *each.update.mark,
            each.encoded_update.decode(),
            len(each.encoded_update),
            each.is_snapshot,
            each.encoded.decode() if each.is_snapshot and each.encoded is not None else None,
            each.has_turn,
        )
        for each in proposals
    ]
    receipts = [
        (place, _hash(writer), orjson.dumps(encoded).decode())
        for place, each in enumerate(proposals, 1)
        for writer, (_, encoded) in zip(each.update.receipts, receipt_rows(each.update.receipts.items()), strict=True)
    ]
    return (*map(list, zip(*rows, strict=True)), *(list(column) for column in zip(*receipts, strict=True)))


@lru_cache
def _hash(writer: Writer) -> bytes:
    """Return what stands for a writer in the database; it names nobody."""
    content = orjson.dumps([writer.user, writer.client, writer.store, writer.at])
    return blake2b(content, digest_size=16).digest()


def _updates(rows: Sequence[str] | None) -> list[Update] | None:
    return None if rows is None else [parse_update(each) for each in rows]


def _loaded(row: Any) -> Loaded:
    value: Value = ABSENT if row['value'] is None else orjson.loads(row['value'])
    mark = Mark(row['epoch'], row['version'])
    return Loaded.replay(mark, row['tip'], value, row['snapshot_version'], _updates(row['updates']) or ())


def _refusal(row: Any) -> Conflict | Exception:
    if row['is_locked']:
        return TimeoutError('another program holds the row for longer than 2 s')
    return Conflict(_updates(row['updates']), row['is_anothers_turn'])
