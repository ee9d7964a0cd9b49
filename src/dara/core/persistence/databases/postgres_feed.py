"""The feed of `PostgresBackend`: announces commits by NOTIFY, listens for those of others, and reads them in the log.

Announcements are sent after the commits, by a connection of their own, because NOTIFY within a transaction makes all
commits wait for each other. A sweep of the log finds commits whose announcement was lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any, Final, Generic, TypeVar

import orjson

from dara.core.errors import InvalidConfig
from dara.core.persistence.changelog import Update
from dara.core.persistence.databases.postgres_address import Address
from dara.core.persistence.databases.postgres_connections import (
    CALL_SECONDS,
    Connection,
    Connections,
    close,
    connect,
    needs_listen_dsn,
    pauses,
)
from dara.core.persistence.rows import parse_update
from dara.core.persistence.shared import OnLoss, OnMessage, OnOutside, OnUpdate, is_outside

PAYLOAD_BYTES: Final = 7000
SWEEP_SECONDS: Final = 3
SWEEP_LIMIT_SECONDS: Final = 4
HEAR_SECONDS: Final = 1
HEAR_TRIES: Final = 2
REST_SECONDS: Final = 0.005
"""The time after an announcement in which the next commits wait for each other: each server is woken by all of them."""
NOTIFY: Final = "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, p) FROM unnest($2::text[]) AS p"
VERSIONS: Final = 'SELECT key, version FROM dara.record WHERE store = $1 AND key = ANY($2::text[])'
UPDATES: Final = """
SELECT p.key, l.version, l.content FROM unnest($2::text[], $3::bigint[]) AS p(key, version), LATERAL (
    SELECT version, content FROM dara.log WHERE store = $1 AND key = p.key AND version > p.version
    ORDER BY version OFFSET 0
) AS l
"""
OUTSIDE_TIPS: Final = r"""
SELECT key, substring(content::text FROM '^\["[^"]*","([^"]*)"') AS tip
FROM unnest($2::text[], $3::bigint[]) AS p(key, version) JOIN dara.log USING (key, version) WHERE store = $1
"""
HISTORY: Final = """
SELECT regexp_replace(dara.instance(), '/[^/]*', '') AS history,
    pg_snapshot_xmin(pg_current_snapshot())::text AS horizon
"""
"""The identity that a database shares with its standbys alone, and the horizon of its next sweep."""
SWEEP: Final = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon,
    coalesce(array_agg(key), '{}') AS keys, coalesce(array_agg(version), '{}') AS versions
FROM (
    SELECT key, max(version) AS version FROM dara.log
    WHERE chg >= $2::text::xid8 AND chg < pg_snapshot_xmax(pg_current_snapshot()) AND store = $1 GROUP BY key
) AS l
"""
"""The keys with commits since a horizon. A transaction that was running then is found when it has ended."""
SWEEP_OUTSIDE: Final = r"""
SELECT key, tip FROM dara.log, substring(content::text FROM '^\["[^"]*","([^"]*)"') AS tip
WHERE chg >= $2::text::xid8 AND chg < pg_snapshot_xmax(pg_current_snapshot()) AND store = $1
    AND (tip LIKE '%outside:%' OR tip LIKE 'sql:%') ORDER BY chg
"""
K = TypeVar('K')
logger = logging.getLogger('dara')


class Batches(Generic[K]):
    """Versions by key, all of which the next call of `work` takes along. A call that fails is repeated.

    Args:
        rest: the seconds between the end of a call and the next one.
    """

    def __init__(self, work: Callable[[Mapping[K, int]], Awaitable[None]], rest: float = 0) -> None:
        self._work = work
        self._rest = rest
        self._waiting: dict[K, int] = {}
        self._task: asyncio.Task[None] | None = None

    def add(self, key: K, version: int) -> None:
        """Hand a version on to the next call."""
        self._waiting[key] = max(version, self._waiting.get(key, 0))
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        rests = pauses()
        while self._waiting:
            taken, self._waiting = self._waiting, {}
            try:
                await self._work(taken)
                rests = pauses()
                if self._rest:
                    await asyncio.sleep(self._rest)
            except Exception as error:
                logger.debug('a part of the feed is delayed: %s', error)
                self._waiting = {**taken, **self._waiting}
                await asyncio.sleep(next(rests))

    async def close(self, seconds: float = 0) -> None:
        """End, after as many seconds at most."""
        if self._task and not self._task.done():
            await asyncio.wait([self._task], timeout=seconds)
        await _cancel(self._task)


class Feed:
    """The commits of all servers, as far as they concern the keys that this one serves.

    Args:
        listening: the address where LISTEN works.
        is_pooled: whether it may lead to a pooler in session mode.
        reads: connections for reading the log.
        announcing: a connection for NOTIFY.
    """

    def __init__(
        self, name: str, listening: Address, reads: Connections, announcing: Connections, *, is_pooled: bool
    ) -> None:
        self._name = name
        self._channel = f'dara.{name}'
        self._listening, self._is_pooled = listening, is_pooled
        self._place = f'{listening}, name {name!r}'
        self._reads, self._announcing = reads, announcing
        self._known: dict[str, int] = {}
        self._announced: Batches[tuple[str, bool]] = Batches(self._announce, REST_SECONDS)
        self._fetched = Batches(self._fetch)
        self._on_update: OnUpdate = lambda key, update: None
        self._on_loss: OnLoss = lambda keys: None
        self._on_message: OnMessage = lambda message: None
        self._on_outside: OnOutside | None = None
        self._made_outside: Batches[tuple[str, int]] = Batches(self._report_outside)
        self._token, self._heard = '', asyncio.Event()
        self._is_lost = asyncio.Event()
        self._horizon = self._history = ''
        self._swept: set[str] = set()  # the tips of the commits past the stores that the last sweep has found
        self._connection: Connection | None = None
        self._following: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._is_closed = False

    async def watch(self, on_update: OnUpdate, on_loss: OnLoss) -> None:
        """Report to these callbacks.

        Raises:
            InvalidConfig: notifications do not arrive.
        """
        self._on_update, self._on_loss = on_update, on_loss
        await self._start()

    async def serve(self, added: Collection[str], dropped: Collection[str]) -> None:
        """Change the set of the keys whose commits are reported."""
        for key in dropped:
            self._known.pop(key, None)
        if added:
            self._known.update(await self._reads.call(lambda connection: self._versions(connection, added)))

    async def watch_outside(self, on_outside: OnOutside) -> None:
        """Report the commits past the stores. Raises as `watch` does."""
        self._on_outside = on_outside
        await self._start()

    async def receive(self, on_message: OnMessage) -> None:
        """Pass on the messages of servers. Raises as `watch` does."""
        self._on_message = on_message
        await self._start()

    async def send(self, message: str) -> None:
        """Send a message to all servers."""
        await self._notify([_encoded(message)])

    def commit(self, key: str, update: Update) -> None:
        """Announce a commit of this server."""
        version = update.mark.version
        self._announced.add((key, is_outside(update.tip)), version)
        if self._known.get(key) == version - 1:
            self._deliver(key, update)
        else:
            self._note(key, version)

    async def close(self) -> None:
        """End; no callback is called any more."""
        await self._announced.close(seconds=1)
        self._is_closed = True
        await self._fetched.close()
        await self._made_outside.close()
        await _cancel(self._following)
        if self._connection:
            await close(self._connection)

    def terminate(self) -> None:
        """End at once, also in the middle of `close`."""
        self._is_closed = True
        if self._following:
            self._following.cancel()
        if self._connection:
            self._connection.terminate()

    async def _start(self) -> None:
        async with self._starting:
            if self._following is None or self._following.done():
                async with asyncio.timeout(CALL_SECONDS):
                    connection = await self._listen()
                await self._hear_ourselves()
                self._following = asyncio.get_running_loop().create_task(self._follow(connection))

    async def _announce(self, versions: Mapping[tuple[str, bool], int]) -> None:
        outside = [
            json.dumps([[key, version]]) for (key, is_past_stores), version in versions.items() if is_past_stores
        ]
        others = {key: version for (key, is_past_stores), version in versions.items() if not is_past_stores}
        await self._notify([*_payloads(others), *outside])  # the ones as SQL writes them

    async def _notify(self, payloads: list[str]) -> None:
        await self._announcing.call(lambda connection: connection.execute(NOTIFY, self._channel, payloads))

    async def _versions(self, connection: Connection, keys: Collection[str]) -> dict[str, int]:
        rows = await connection.fetch(VERSIONS, self._name, list(keys))
        return {**dict.fromkeys(keys, 0), **{row['key']: row['version'] for row in rows}}

    async def _listen(self) -> Connection:
        """Return a connection that listens, and find out where the served keys are."""
        if self._connection:
            self._connection.terminate()
        self._connection = connection = await connect(self._listening, is_pooled=self._is_pooled)
        self._is_lost.clear()
        connection.add_termination_listener(lambda _: self._is_lost.set())
        await connection.add_listener(self._channel, self._on_notification)
        [row] = await connection.fetch(HISTORY)
        is_same, self._history = row['history'] == self._history, row['history']
        # The next sweep begins where the last one has ended, or earlier in a standby that was behind.
        self._horizon = min(self._horizon, row['horizon'], key=int) if is_same else row['horizon']
        self._known.update(await self._versions(connection, list(self._known)))
        return connection

    async def _hear_ourselves(self) -> None:
        """Find out whether notifications arrive.

        Raises:
            InvalidConfig: they do not.
            TimeoutError: the database is too slow to tell.
        """
        assert self._connection
        for _ in range(HEAR_TRIES):
            self._token, self._heard = secrets.token_hex(8), asyncio.Event()
            await self._notify([self._token])
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEAR_SECONDS):
                    await self._heard.wait()
                    return
            async with asyncio.timeout(HEAR_SECONDS):
                await self._connection.execute('SELECT 1')  # before its answer come the notifications
        if not self._heard.is_set():
            raise InvalidConfig(needs_listen_dsn(self._listening))

    def _on_notification(self, _connection: Any, _pid: int, _channel: str, payload: Any) -> None:
        if payload == self._token:
            self._heard.set()
            return
        with contextlib.suppress(ValueError, TypeError):  # anybody may send to the channel
            if payload.startswith('['):
                for key, version in orjson.loads(payload):
                    self._note(key, version)
                    if self._on_outside and payload.endswith(f', {version}]]'):  # as SQL writes it
                        self._made_outside.add((key, version), version)
            else:
                message = _decoded(payload)
                self._call(lambda: self._on_message(message))

    async def _follow(self, connection: Connection) -> None:
        while True:
            try:
                await self._keep(connection)
            except Exception as error:
                logger.warning('%s: the feed was lost: %s', self._place, str(error) or type(error).__name__)
            connection = await self._reconnect()
            logger.info('%s: the feed is back', self._place)
            self._call(lambda: self._on_loss(None))

    async def _keep(self, connection: Connection) -> None:
        """Sweep the log from time to time, which shows that the connection is alive, until it is lost."""
        while not connection.is_closed():
            async with asyncio.timeout(SWEEP_LIMIT_SECONDS):
                [row] = await connection.fetch(SWEEP, self._name, self._horizon)
                if self._on_outside:
                    self._sweep_outside(await connection.fetch(SWEEP_OUTSIDE, self._name, self._horizon))
            self._horizon = row['horizon']
            for key, version in zip(row['keys'], row['versions'], strict=True):
                self._note(key, version)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self._is_lost.wait()
        raise ConnectionError('the connection was closed')

    async def _reconnect(self) -> Connection:
        for pause in pauses():
            try:
                async with asyncio.timeout(CALL_SECONDS):
                    return await self._listen()
            except Exception as error:
                logger.debug('%s: %s', self._listening, error)
            await asyncio.sleep(pause)
        raise AssertionError

    def _note(self, key: str, version: int) -> None:
        if key in self._known and version > self._known[key]:
            self._fetched.add(key, version)

    async def _fetch(self, keys: Collection[str]) -> None:
        known = {key: self._known[key] for key in keys if key in self._known}
        rows = await self._reads.call(
            lambda connection: connection.fetch(UPDATES, self._name, list(known), list(known.values()))
        )
        for row in rows:
            try:
                update = parse_update(row['content'])
            except Exception as error:
                logger.error('%s, key %r: a commit cannot be read: %s', self._listening, row['key'], error)
                self._skip(row['key'], row['version'])
            else:
                self._deliver(row['key'], update)

    async def _report_outside(self, commits: Collection[tuple[str, int]]) -> None:
        keys, versions = [key for key, _ in commits], [version for _, version in commits]
        rows = await self._reads.call(lambda connection: connection.fetch(OUTSIDE_TIPS, self._name, keys, versions))
        for row in rows:
            if self._on_outside and row['tip'] and is_outside(row['tip']):
                self._call(partial(self._on_outside, row['key'], row['tip']))

    def _sweep_outside(self, rows: Collection[Any]) -> None:
        """Report what a sweep has found first; a long transaction makes all sweeps meanwhile find the same."""
        known, self._swept = self._swept, {row['tip'] for row in rows}
        for row in rows:
            if self._on_outside and row['tip'] not in known:
                self._call(partial(self._on_outside, row['key'], row['tip']))

    def _deliver(self, key: str, update: Update) -> None:
        known, version = self._known.get(key), update.mark.version
        if known is None or version <= known:
            return
        if version > known + 1:
            self._skip(key, version)
        else:
            self._known[key] = version
            self._call(lambda: self._on_update(key, update))

    def _skip(self, key: str, version: int) -> None:
        """Report that commits are missing before a version."""
        if key in self._known:
            self._known[key] = version
            self._call(lambda: self._on_loss([key]))

    def _call(self, callback: Callable[[], None]) -> None:
        """Call a callback soon, in the order of these calls."""
        asyncio.get_running_loop().call_soon(lambda: None if self._is_closed else callback())


def _payloads(versions: Mapping[str, int]) -> Iterator[str]:
    """Yield the payloads of as few notifications as possible."""
    part: list[bytes] = []
    size = 0
    for item in versions.items():
        encoded = orjson.dumps(item)
        if size + len(encoded) > PAYLOAD_BYTES:
            yield f'[{b",".join(part).decode()}]'
            part, size = [], 0
        part.append(encoded)
        size += len(encoded) + 1
    if part:
        yield f'[{b",".join(part).decode()}]'


def _encoded(message: str) -> str:
    """Return a payload that begins with neither `[` nor a token, and that has no NUL."""
    return orjson.dumps(message).decode() if '\0' in message else f'={message}'


def _decoded(payload: str) -> str:
    decoded = payload[1:] if payload.startswith('=') else orjson.loads(payload)
    if not isinstance(decoded, str):
        raise ValueError('it is not a message of Dara')
    return decoded


async def _cancel(task: asyncio.Task[None] | None) -> None:
    if task:
        task.cancel()
        await asyncio.wait([task])
