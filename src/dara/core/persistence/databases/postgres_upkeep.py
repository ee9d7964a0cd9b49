"""Upkeep of the tables of `PostgresBackend`, off the path of commits: a walk over them, a few rows at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from dara.core.persistence.databases.postgres_connections import Connections

PAUSE_SECONDS: Final = 5
RECEIPTS: Final = """
WITH page AS (
    SELECT ctid, store, key, writer, at FROM dara.receipt WHERE (store, key, writer) > ($1, $2, $3)
    ORDER BY store, key, writer LIMIT 1000
), gone AS (
    DELETE FROM dara.receipt WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM page WHERE store = $1 AND at < now() - interval '24 hours'
    ))
)
SELECT key, writer FROM page WHERE store = $1 ORDER BY key DESC, writer DESC LIMIT 1
"""
"""Removes old receipts among the next ones, and returns the last that it has looked at."""
STALE: Final = """
SELECT coalesce(max(key), '') AS last, array_agg(key) FILTER (WHERE is_stale) AS keys,
    array_agg(tip) FILTER (WHERE is_stale) AS tips
FROM (
    SELECT store, key, tip, snapshot_version < version AS is_stale FROM dara.record WHERE (store, key) > ($1, $2)
    ORDER BY store, key LIMIT 1000
) AS page WHERE store = $1
"""
"""Finds values among the next records that are older than their latest edits."""
logger = logging.getLogger('dara')


class Upkeep:
    """A task that removes receipts after a day, and stores values whose server has ended before it stored them.

    Args:
        snapshot: stores the value of a key, if its tip is still this one.
    """

    def __init__(self, name: str, connections: Connections, snapshot: Callable[[str, str], Awaitable[None]]) -> None:
        self._name = name
        self._connections = connections
        self._snapshot = snapshot
        self._receipt = ('', b'')
        self._key = ''
        self._stale: dict[str, str] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start, unless that has been done."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """End."""
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(PAUSE_SECONDS)
            try:
                await self.step()
            except Exception as error:
                logger.debug('upkeep of Postgres: %s', error)

    async def step(self) -> None:
        """Look at the next rows. A value that was found old in the step before is at rest by now."""
        rows = await self._connections.call(lambda connection: connection.fetch(RECEIPTS, self._name, *self._receipt))
        self._receipt = (rows[0]['key'], rows[0]['writer']) if rows else ('', b'')
        stale, self._stale = self._stale, {}
        for key, tip in stale.items():
            await self._snapshot(key, tip)
        [row] = await self._connections.call(lambda connection: connection.fetch(STALE, self._name, self._key))
        self._key = row['last']
        self._stale = dict(zip(row['keys'] or (), row['tips'] or (), strict=True))
