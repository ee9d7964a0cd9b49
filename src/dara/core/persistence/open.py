"""Which backends are in use in this process, and their records."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from typing import Any, Final
from weakref import WeakValueDictionary

from dara.core.errors import BackendFailed
from dara.core.persistence.backend import PersistenceBackend, call
from dara.core.persistence.record import Record


class Records:
    """The records of one backend, and what it says of changes by others."""

    def __init__(self, backend: PersistenceBackend) -> None:
        self.backend = backend
        self._records: dict[str, Record] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_subscribed = False

    @property
    def has_feed(self) -> bool:
        """Whether the backend tells of changes by others, so that it need not be asked."""
        return type(self.backend).subscribe is not PersistenceBackend.subscribe

    def get(self, key: str) -> Record:
        """Return the record of `key`, always the same."""
        if key not in self._records:
            self._records[key] = Record(self.backend, key)
        return self._records[key]

    async def follow(self) -> None:
        """Take in what the backend says of changes by others, from now on and on this loop.

        Raises:
            BackendFailed: the backend raised.
        """
        self._loop = asyncio.get_running_loop()
        if self._is_subscribed or not self.has_feed:
            return
        self._is_subscribed = True
        try:
            await call(self.backend.subscribe, self._on_value)
        except Exception as error:
            self._is_subscribed = False
            raise BackendFailed(f'{self.backend.describe()}: could not subscribe: {error}') from error

    def _on_value(self, *announced: Any) -> Any:
        """Called by the backend, in any thread: with a key and a value, with a value, or with nothing."""
        if self._loop is None or self._loop.is_closed():
            return None
        work = self._refresh([announced[0]] if len(announced) > 1 else list(self._records))
        if _running_loop() is self._loop:
            return self._loop.create_task(work)
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _refresh(self, keys: list[str]) -> None:
        for key in keys:
            if key in self._records:
                await self._records[key].refresh()


class OpenBackends:
    """Which backends are in use in this process: two of one identity share their records."""

    def __init__(self) -> None:
        self._records: WeakValueDictionary[Hashable, Records] = WeakValueDictionary()

    def records(self, backend: PersistenceBackend, identity: Hashable) -> Records:
        """Return the records of the backend of that identity, as long as somebody holds them."""
        return self._records.setdefault(identity, Records(backend))


OPEN_BACKENDS: Final = OpenBackends()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
