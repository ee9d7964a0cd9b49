"""`Link`: a connection to Redis, over which calls are pipelined."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from hiredis import pack_command
from redis.asyncio.connection import AbstractConnection, Connection, parse_url
from redis.exceptions import RedisError, ResponseError

CONNECT_SECONDS: Final = 2
CALL_SECONDS: Final = 4
"""The time limits of a connection's set-up, and of a call; both together with a margin are those of a backend."""
OPTIONS: Final[dict[str, Any]] = {
    'protocol': 2,
    'decode_responses': False,
    'retry': None,
    'retry_on_timeout': False,
    'health_check_interval': 0,
    'socket_timeout': None,
    'socket_connect_timeout': CONNECT_SECONDS,
}
"""The options of every connection. The limits are kept here; nothing is sent twice."""
CLUSTER: Final = 'it is a node of a cluster, which is not supported; give the address of a Redis without cluster mode'
Command: TypeAlias = tuple[str | bytes | int, ...]


class Address:
    """The place of a database, from its URL.

    Raises:
        ValueError: the URL is not one of Redis. The message has nothing of it, since it may have a password.
    """

    def __init__(self, url: str) -> None:
        try:
            self._options: dict[str, Any] = dict(parse_url(url))
            self._kind: type[AbstractConnection] = self._options.pop('connection_class', Connection)
            self._options.pop('max_connections', None)
            self.connection()
        except (ValueError, TypeError, RedisError):
            raise ValueError(
                'url is not an address of Redis: write redis://USER:PASSWORD@HOST:PORT/NUMBER, or rediss:// with TLS, '
                'or unix:///PATH, with special characters in user and password as %XX'
            ) from None
        given = self._options
        host = given.get('path') or f'{given.get("host", "localhost")}:{given.get("port", 6379)}'
        self.text = f'{host}/{given.get("db", 0)}'

    def connection(self) -> AbstractConnection:
        """Return a new connection, which is not connected yet."""
        return self._kind(**{**self._options, **OPTIONS})


async def connect(connection: AbstractConnection) -> None:
    """Connect it, and log in."""
    try:
        await connection.connect()  # type: ignore[no-untyped-call]
    except ResponseError as error:
        if 'in cluster mode' in str(error):  # it has no database of that number
            raise ConnectionError(CLUSTER) from error
        raise


def pack(commands: Iterable[Command]) -> bytes:
    """Return commands as they are sent.

    Raises:
        UnicodeEncodeError: a text has half of a character.
    """
    return b''.join(pack_command(each) for each in commands)  # type: ignore[arg-type]  # declared for one argument


async def send(connection: AbstractConnection, packed: bytes) -> None:
    """Send commands over a connection, which is not made anew if it is lost."""
    if not connection.is_connected:
        raise ConnectionError('the connection was closed')
    await connection.send_packed_command(packed, check_health=False)


@dataclass(slots=True, eq=False)
class _Call:
    """A call that waits for its answers."""

    missing: int
    done: asyncio.Future[list[Any]]
    answers: list[Any] = field(default_factory=list)


class Session:
    """One connection while it lasts. Its task owns it, so that the end of the event loop closes it.

    Args:
        connection: a connection that is connected.
    """

    def __init__(self, connection: AbstractConnection) -> None:
        self._connection = connection
        self._calls: deque[_Call] = deque()
        self._reading = asyncio.ensure_future(self._read())

    @property
    def is_open(self) -> bool:
        return not self._reading.done()

    async def call(self, commands: Sequence[Command]) -> list[Any]:
        """Run commands and return their answers. An error that Redis answers is the answer of its command alone."""
        packed = pack(commands)
        call = _Call(len(commands), asyncio.get_running_loop().create_future())
        self._calls.append(call)  # from here on it is sent, so that the answers stay in step
        await send(self._connection, packed)  # writes before anything else can run
        return await call.done

    def end(self) -> None:
        """Close the connection. What was called and not answered has an unknown outcome."""
        self._reading.cancel()

    async def wait_until_ended(self) -> None:
        """Wait until the connection is closed."""
        await asyncio.wait([self._reading])

    async def _read(self) -> None:
        reason: BaseException = ConnectionError('the connection was closed')
        try:
            while True:
                answer = await next_answer(self._connection)
                self._take(answer)
        except (OSError, RedisError) as error:
            reason = error
        finally:
            for call in self._calls:
                if not call.done.done():
                    call.done.set_exception(ConnectionError(str(reason)))
                    call.done.exception()  # retrieved, in case that nobody waits any more
            await self._connection.disconnect(nowait=True)

    def _take(self, answer: Any) -> None:
        call = self._calls[0]
        call.answers.append(answer)
        call.missing -= 1
        if not call.missing:
            self._calls.popleft()
            if not call.done.done():
                call.done.set_result(call.answers)


async def next_answer(connection: AbstractConnection) -> Any:
    """Return the next answer of a connection, which may be an error of one command."""
    try:
        return await connection.read_response(disable_decoding=True, timeout=math.inf, disconnect_on_error=False)
    except ResponseError as error:
        return error


class Link:
    """A connection that is made when it is needed, and again after it was lost.

    Args:
        prepare: prepares each new connection, before others use it.
    """

    def __init__(self, address: Address, prepare: Callable[[Session], Awaitable[None]]) -> None:
        self._address = address
        self._prepare = prepare
        self._opening: asyncio.Task[Session] | None = None

    async def call(self, commands: Sequence[Command]) -> list[Any]:
        """Run commands in one round trip, and return their answers; see `Session.call`.

        Raises:
            OSError, RedisError: it is unknown whether they were run.
            DaraError: the database cannot be used.
        """
        try:
            async with asyncio.timeout(CALL_SECONDS):
                session = await self._ready()
                return await session.call(commands)
        except TimeoutError:
            self.drop()
            raise TimeoutError(f'no answer within {CALL_SECONDS} s') from None

    def drop(self) -> None:
        """End the present connection, if there is one."""
        session = self._session
        if session:
            session.end()

    async def close(self) -> None:
        """Close the connection."""
        opening, session = self._opening, self._session
        self._opening = None
        if opening and opening.get_loop() is asyncio.get_running_loop():
            opening.cancel()
            if session:
                session.end()
                await session.wait_until_ended()
            await asyncio.wait([opening])

    @property
    def _session(self) -> Session | None:
        """The present connection."""
        opening = self._opening
        is_open = opening and opening.done() and not opening.cancelled() and not opening.exception()
        return opening.result() if opening and is_open else None

    async def _ready(self) -> Session:
        loop = asyncio.get_running_loop()
        opening, session = self._opening, self._session
        is_opening = opening is not None and not opening.done()
        if opening is None or opening.get_loop() is not loop or not (is_opening or (session and session.is_open)):
            opening = self._opening = loop.create_task(self._open())
            opening.add_done_callback(lambda task: task.cancelled() or task.exception())  # retrieved
        return await asyncio.shield(opening)

    async def _open(self) -> Session:
        connection = self._address.connection()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await connect(connection)
                session = Session(connection)
                await self._prepare(session)
                return session
        except TimeoutError:
            await connection.disconnect(nowait=True)
            raise TimeoutError(f'no connection within {CONNECT_SECONDS} s') from None
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
