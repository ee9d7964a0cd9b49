"""The schema of `PostgresBackend`: it is created and checked when a server first connects."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from dara.core.errors import InvalidConfig
from dara.core.persistence.databases.postgres_connections import Connection

VERSION: Final = 1
LOCK: Final = 4_119_115_641
"""The advisory lock that is held while the schema is created."""
MINIMUM: Final = 13
EXISTS: Final = "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'dara' AND tablename = 'schema')"
STATUS: Final = """
SELECT dara.instance() AS instance, current_setting('fsync') AS fsync,
    current_setting('synchronous_standby_names') AS standbys,
    current_setting('synchronous_commit') AS synchronous_commit
"""


class Status(NamedTuple):
    """The state of a database with a schema.

    Attributes:
        instance: the identity of its history.
        durability: the guarantee of a commit.
    """

    instance: str
    durability: str


async def prepare(connection: Connection, place: str) -> Status:
    """Create the schema unless it is there.

    Args:
        place: where the database is, for messages.

    Raises:
        InvalidConfig: it was made by a newer version, or the server is too old.
    """
    if connection.get_server_version().major < MINIMUM:
        raise InvalidConfig(f'{place}: it has version {connection.get_server_version().major}; {MINIMUM} is needed')
    if not await _exists(connection):
        async with connection.transaction():
            await connection.execute(f'SELECT pg_advisory_xact_lock({LOCK})')
            if not await _exists(connection):
                await connection.execute(Path(__file__).with_name('postgres.sql').read_text(encoding='utf-8'))
    version = await connection.fetchval('SELECT version FROM dara.schema')
    if version > VERSION:
        raise InvalidConfig(
            f'{place}: the schema "dara" has version {version}, and this Dara knows {VERSION}. Upgrade Dara.'
        )
    [row] = await connection.fetch(STATUS)
    if row['fsync'] == 'off':
        durability = 'process'
    else:
        is_replicated = row['standbys'] and row['synchronous_commit'] not in ('off', 'local')
        durability = 'replicated' if is_replicated else 'disk'
    return Status(row['instance'], durability)


async def _exists(connection: Connection) -> bool:
    found: bool = await connection.fetchval(EXISTS)
    return found
