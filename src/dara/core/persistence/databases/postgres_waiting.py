"""Waiting for commits of `PostgresBackend` that the database has neither stored nor given up."""

from __future__ import annotations

from typing import Final

from dara.core.persistence.databases.postgres_connections import Connection

SETTINGS: Final = "SELECT set_config('dara.writer', 'server', true), set_config('lock_timeout', '500ms', true)"
LOCK: Final = """
INSERT INTO dara.record AS r (store, key, epoch, version, tip, snapshot_version, instance)
VALUES ($1, $2, '', 0, '', 0, '') ON CONFLICT (store, key) DO UPDATE SET tip = r.tip
"""
"""Locks the row of a key. It also waits for the first commit of the key, whose row nobody else sees yet."""


async def wait_for_commits(connection: Connection, store: str, key: str) -> None:
    """Wait until no commit of a key is under way. One that the disk or a standby holds up cannot be seen until then.

    Raises:
        asyncpg.LockNotAvailableError: there still is one after half a second.
    """
    from asyncpg import PostgresError

    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(SETTINGS)
        await connection.execute(LOCK, store, key)
    except PostgresError:
        await transaction.rollback()
        raise
    await transaction.rollback()
