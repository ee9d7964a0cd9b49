"""`OwnRecords`: records of Dara's own, in the database that the servers of an app share."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Coroutine
from functools import partial
from types import TracebackType
from typing import Any, Final, Self, TypeAlias

import orjson

from dara.core._edits import ABSENT
from dara.core._json import Json
from dara.core._sync.tasks import Tasks
from dara.core.persistence.record import Record
from dara.core.persistence.records import Records
from dara.core.persistence.shared import SharedBackend

WAIT_SECONDS: Final = 1
SWEEP_SECONDS: Final = 30
PAUSE_SECONDS: Final = 5
"""The time after a failure in which the database is not asked."""
Work: TypeAlias = Callable[[], Coroutine[Any, Any, None]]
logger = logging.getLogger('dara')


class OwnRecords:
    """Records with what the servers of an app have in common; the app does not see them.

    Nobody waits for a database that does not answer. After a failure, one question at a time finds out whether it does.
    `async with` connects to it, and raises BackendFailed if it cannot be read.
    """

    def __init__(self, backend: SharedBackend) -> None:
        self.backend = backend.sibling('server')
        self._records = Records(self.backend)
        self._is_failing = False
        self._quiet_until = 0.0
        self._listeners: dict[str, Callable[..., None]] = {}
        self._tasks = Tasks('What the servers of the app have in common could not be shared')

    async def __aenter__(self) -> Self:
        try:
            await self.read(self.record('start'))
        except BaseException:
            await self._records.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tasks.cancel()
        await self._records.close()

    def record(self, key: str) -> Record:
        """Return the record of a key, which stays in memory while it is in use."""
        return self._records.get(key)

    def find(self, key: str) -> Record | None:
        """Return the record of a key if it is in memory."""
        return self._records.find(key)

    async def read(self, record: Record) -> None:
        """Read a record unless that has been done, and follow what other servers commit.

        Raises:
            BackendFailed: the database cannot be read.
        """
        await self._records.watch(record.key)
        await record.load()

    async def stored(self, key: str) -> Any:
        """Return the stored value of a record that need not be in memory. It raises what the backend raises."""
        async with asyncio.timeout(self.backend.seconds_per_call):
            return (await self.backend.load(key)).value

    @property
    def can_send(self) -> bool:
        """True if the database carries messages."""
        return type(self.backend).send is not SharedBackend.send

    async def say(self, word: str, *content: Json) -> None:
        """Send a message to the servers of the app; it may be lost. It raises what the backend raises."""
        await self.backend.send(orjson.dumps([word, *content]).decode())

    async def hear(self, **listeners: Callable[..., None]) -> None:
        """Call each function with the content of the messages that begin with its name, perhaps own ones, too."""
        self._listeners.update(listeners)
        await self.backend.receive(self._receive)

    def _receive(self, message: str) -> None:
        try:
            word, *content = orjson.loads(message)
            listener = self._listeners.get(word)
            if listener:
                listener(*content)
        except (ValueError, TypeError) as error:  # of another version of Dara
            logger.debug('A message of another server was ignored: %s', error)

    def sweep(self, series: str, number: int, living: Callable[[Any], dict[str, Json]]) -> None:
        """Replace the values of the records `series/0`, `series/1` ... by their living parts, one now and then."""
        self._tasks.start(self._sweep(series, number, living))

    async def _sweep(self, series: str, number: int, living: Callable[[Any], dict[str, Json]]) -> None:
        place = secrets.randbelow(number)
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            place = (place + 1) % number
            if self.may_ask():
                await self.noting_failure(partial(self._clean, f'{series}/{place}', living))

    async def _clean(self, key: str, living: Callable[[Any], dict[str, Json]]) -> None:
        value = await self.stored(key)
        if value is not ABSENT and living(value) != value:
            record = self.record(key)
            await self.read(record)
            await record.transact(living)

    @property
    def is_quiet(self) -> bool:
        """True in the pause after a failure."""
        return time.monotonic() < self._quiet_until

    def may_ask(self) -> bool:
        """Return whether to ask the database now. If it has failed, only the caller may, for some seconds."""
        if self.is_quiet:
            return False
        if self._is_failing:
            self._quiet_until = time.monotonic() + PAUSE_SECONDS
        return True

    def start(self, work: Work) -> asyncio.Task[None]:
        """Start a use of the database, and note whether it fails."""
        return self._tasks.start(self.noting_failure(work))

    async def briefly(self, task: asyncio.Task[None]) -> None:
        """Wait for what was started, but not for long. It goes on."""
        _, late = await asyncio.wait({task}, timeout=WAIT_SECONDS)
        if late:
            self._note_failure(TimeoutError(f'no answer within {WAIT_SECONDS} s'))

    async def noting_failure(self, work: Work) -> None:
        """Use the database to the end, and note whether it fails."""
        try:
            await work()
        except Exception as error:  # whatever the driver of the database raises
            self._note_failure(error)
        else:
            self._is_failing, self._quiet_until = False, 0

    def _note_failure(self, error: Exception) -> None:
        if not self._is_failing:
            logger.error(
                '%s: %s. Until it answers, each server knows only of its own log-outs, failed log-ins and jobs',
                self.backend.describe(),
                str(error).removeprefix(f'{self.backend.describe()}: ').removesuffix('.') or type(error).__name__,
            )
        self._is_failing, self._quiet_until = True, time.monotonic() + PAUSE_SECONDS
