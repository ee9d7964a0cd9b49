"""`Connections`: connections to a Postgres database, and a time limit for every call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from dara.core.errors import InvalidConfig
from dara.core.persistence.databases.postgres_address import Address

if TYPE_CHECKING:
    import asyncpg

T = TypeVar('T')
Connection: TypeAlias = 'asyncpg.Connection[asyncpg.Record]'
CALL_SECONDS: Final = 4.5
CONNECT_SECONDS: Final = 4
FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 5
SETTINGS: Final = {
    'default_transaction_isolation': 'read committed',
    'idle_in_transaction_session_timeout': '10s',
    'lock_timeout': '2s',
    'statement_timeout': '4500ms',
}


def pauses() -> Iterator[float]:
    """Yield the seconds between attempts."""
    pause = FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 2, LONGEST_PAUSE)


async def connect(address: Address, *, is_pooled: bool = False) -> Connection:
    """Return a new connection to the primary.

    Args:
        is_pooled: whether it leads through a pooler, where sessions have no settings and no prepared statements.
    """
    import asyncpg

    arguments: dict[str, Any] = {
        **address.arguments,
        'timeout': CONNECT_SECONDS,
        'server_settings': {'application_name': address.application_name, **({} if is_pooled else SETTINGS)},
        'statement_cache_size': 0 if is_pooled else 100,
        'target_session_attrs': 'primary',
    }
    try:
        connection: Connection = await asyncpg.connect(**arguments)
    except asyncpg.PostgresError as error:
        if 'unsupported startup parameter' in str(error):
            raise InvalidConfig(needs_listen_dsn(address)) from error
        raise
    return connection


class Connections:
    """Connections to one database, opened when they are needed, and closed after any doubt about them.

    Args:
        size: the number of calls that may run at once.
    """

    def __init__(self, address: Address, size: int, *, is_pooled: bool) -> None:
        self._address = address
        self._is_pooled = is_pooled
        self._free = asyncio.Semaphore(size)
        self._idle: list[Connection] = []
        self._used: set[Connection] = set()
        self._is_closed = False

    async def call(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Return the result of `work` with a connection.

        Raises:
            TimeoutError: it took too long; the statement may have been executed, or be executed later.
        """
        from asyncpg import DuplicatePreparedStatementError, InvalidSQLStatementNameError

        try:
            async with asyncio.timeout(CALL_SECONDS), self._free:
                return await self._use(work)
        except TimeoutError as error:
            raise TimeoutError(f'no answer within {CALL_SECONDS} s') from error
        except (DuplicatePreparedStatementError, InvalidSQLStatementNameError) as error:
            raise InvalidConfig(needs_listen_dsn(self._address)) from error

    async def _use(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        from asyncpg import PostgresConnectionError, PostgresError

        connection = await self._connection()
        self._used.add(connection)
        is_good = False
        try:
            result = await work(connection)
            is_good = True
            return result
        except PostgresError as error:
            is_good = not isinstance(error, PostgresConnectionError)
            raise
        finally:
            self._used.discard(connection)
            if is_good and not self._is_closed:
                self._idle.append(connection)
            else:
                connection.terminate()
                self._drop_idle()

    async def _connection(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        if self._is_closed:
            raise ConnectionError('the backend has been closed')
        return await connect(self._address, is_pooled=self._is_pooled)

    def _drop_idle(self) -> None:
        """Close the other connections, too: the server may have been lost."""
        idle, self._idle = self._idle, []
        for each in idle:
            each.terminate()

    async def close(self) -> None:
        """Close all connections. Calls that are running fail."""
        self._is_closed = True
        await asyncio.gather(*map(close, self._idle))
        self.terminate()

    def terminate(self) -> None:
        """Close all connections at once, also in the middle of `close`."""
        self._is_closed = True
        self._drop_idle()
        for each in list(self._used):
            each.terminate()


async def close(connection: Connection) -> None:
    """Close a connection, politely if the server answers."""
    try:
        await connection.close(timeout=1)
    except Exception:
        connection.terminate()


def needs_listen_dsn(address: Address) -> str:
    """Return the message for an address that leads to a pooler."""
    return (
        f'{address}: there is a connection pooler before the database, such as PgBouncer in transaction mode, through '
        'which notifications and prepared statements are lost. Give PostgresBackend(listen_dsn=...), too: the URL of '
        'the database itself, or of a pool in session mode.'
    )
