"""`OutsideCommits`: commits past the stores, of which one server tells its listeners."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final
from zlib import crc32

from dara.core._edits import ABSENT, Value
from dara.core.errors import BackendFailed, DaraError
from dara.core.persistence.record import Record
from dara.core.persistence.shared import SharedBackend

RECORDS: Final = 64
CLAIMS: Final = 100
"""The number of the latest claims that each record has."""
MAX_PENDING: Final = 10_000
AT_ONCE: Final = 16
RETRY_SECONDS: Final = (0.1, 5)
logger = logging.getLogger('dara')


class OutsideCommits:
    """The commits of other programs, and those of the app's own code past its stores, that this server has heard of.

    Of these the servers with listeners have to agree on one. Each claims a commit, by its tip, in records of Dara's own
    in the same database; the first one tells its listeners. While the database does not answer, they wait.

    Args:
        tell: tells the listeners here of the present value of a key.
    """

    def __init__(self, backend: SharedBackend, tell: Callable[[str], Awaitable[None]]) -> None:
        self._backend = backend
        self._tell = tell
        self._claims: SharedBackend | None = None
        self._records: dict[int, Record] = {}
        self._pending: deque[tuple[str, str]] = deque()
        self._heard: dict[str, None] = {}
        """The latest tips, in order: a feed may report a commit again."""
        self._tasks: set[asyncio.Task[None]] = set()

    def hear(self, key: str, tip: str) -> None:
        """Note a commit."""
        if tip in self._heard:
            return
        self._heard[tip] = None
        if len(self._heard) > MAX_PENDING:
            del self._heard[next(iter(self._heard))]
        if len(self._pending) == MAX_PENDING:
            self._pending.popleft()
            logger.error(
                '%s: other programs change too much for the listeners: some was dropped', self._backend.describe()
            )
        self._pending.append((key, tip))
        if len(self._tasks) < AT_ONCE:
            task = asyncio.get_running_loop().create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Tell of nothing any more."""
        self._pending.clear()
        self._heard.clear()
        for task in self._tasks:
            task.cancel()
        claims, self._claims = self._claims, None
        self._records.clear()
        if claims:
            await claims.close()

    async def _work(self) -> None:
        pause, longest = RETRY_SECONDS
        while self._pending:
            key, tip = self._pending.popleft()
            try:
                if await self._claim(tip):
                    await self._tell(key)
                pause = RETRY_SECONDS[0]
            except BackendFailed as error:
                self._pending.appendleft((key, tip))
                await asyncio.sleep(pause)
                if pause < longest <= 2 * pause:
                    logger.warning('%s: listeners are told later of what others write', error)
                pause = min(2 * pause, longest)
            except DaraError as error:
                logger.error('%s: no listener was told of it', error)

    async def _claim(self, tip: str) -> bool:
        """Claim a commit; return whether no other server has claimed it before."""
        if self._claims is None:
            self._claims = self._backend.sibling('server')
        number = crc32(tip.encode()) % RECORDS
        record = self._records.get(number)
        if record is None:
            record = self._records[number] = Record(self._claims, f'told/{number}')
        await record.load()
        server = self._claims.writer.client
        claims: Any = await record.transact(partial(_claimed, tip=tip, server=server))
        return bool(claims[tip][1] == server)


def _claimed(value: Value, tip: str, server: str) -> Value:
    """Return the claims, `{tip: [number, server]}`, with one for a tip that has none."""
    claims: Any = {} if value is ABSENT else value
    if tip in claims:
        return value
    newest = sorted(claims, key=lambda each: claims[each][0])[1 - CLAIMS :]
    last = claims[newest[-1]][0] if newest else 0
    return {**{each: claims[each] for each in newest}, tip: [last + 1, server]}
