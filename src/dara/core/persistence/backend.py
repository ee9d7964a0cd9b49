"""`PersistenceBackend`: the base class of the places that keep values."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Hashable
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError

from dara.core._app_code import call_app_code
from dara.core._edits import ABSENT, Value
from dara.core.errors import InvalidDefinition, WrongLoop
from dara.core.persistence.bulkhead import Bulkhead
from dara.core.persistence.checkpoints import Checkpoint, Commit


class PersistenceBackend(BaseModel, ABC):
    """Base class of backends, which keep JSON values by key. Subclass it, with typed fields, for your own storage.

    Every method may be sync or async; sync methods run in a thread. `key` is `'global'` in global scope. In
    `config.backend`, the name of the store stands before it, as in `'notes/global'`.
    An exception of a method reaches the caller of the store, and nothing is published that was not written. A call
    that takes longer than `seconds_per_call` counts as failed. Until it returns, no other call is made for its key.
    """

    model_config = ConfigDict(extra='forbid', arbitrary_types_allowed=True, defer_build=True)
    leaves_values_alone: ClassVar[bool] = False
    """True if `write` never modifies the value that it receives; other backends receive a copy."""
    seconds_per_call: ClassVar[float] = 30
    """The time limit of a call in seconds."""
    _is_shared: ClassVar[bool] = False
    """True if many servers serve the data at once, and the backend orders their commits."""

    _dara_bulkhead: Bulkhead = PrivateAttr(default_factory=Bulkhead)

    def __init__(self, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as error:
            reasons = [f'{".".join(map(str, each["loc"]))}: {each["msg"]}' for each in error.errors(include_url=False)]
            raise InvalidDefinition(f'{type(self).__name__}: {"; ".join(reasons)}') from None

    @property
    def _is_for_one_process(self) -> bool:
        """True if another process that serves these data would not be noticed."""
        return not self._is_shared and type(self)._claim is PersistenceBackend._claim

    def _claim(self) -> str | None:
        """Be the one server that serves these data, for backends that know of others; return which one is instead."""
        return None

    async def _release(self) -> None:
        """Let another server serve these data."""

    @abstractmethod
    def has(self, key: str) -> Any:
        """Return whether a value is stored under `key`."""

    @abstractmethod
    def read(self, key: str) -> Any:
        """Return the value under `key`, or `None` without one. A store calls it only after `has` returned True."""

    @abstractmethod
    def write(self, key: str, value: Any) -> Any:
        """Store `value` under `key`. When it returns, the value is as durable as this backend makes it."""

    @abstractmethod
    def delete(self, key: str) -> Any:
        """Remove the value under `key`, if there is one."""

    @abstractmethod
    def get_all(self) -> Any:
        """Return all values by key."""

    async def items(self) -> AsyncIterator[tuple[str, Any]]:
        """Yield all keys with their values, as `dara data` exports them.

        This is what `get_all` returns. Override it where that may be too much for the memory of a process: with an
        async generator that reads a page at a time.
        """
        for item in (await call(self, self.get_all)).items():
            yield item

    def subscribe(self, on_value: Callable[..., Any]) -> Any:
        """Arrange that `on_value(key, value)` is called when others have changed the data. Optional.

        The callback may be called from any thread, with the value alone in global scope, or without arguments. It
        returns at once; the value is read again soon after, so an echo of our own write is harmless.
        A backend without a feed is read again at every `store.read()` and before every write.
        """

    @property
    def durability(self) -> str:
        """The guarantee of a completed write: `memory`, `process`, `disk` or `replicated`."""
        return 'process'

    @property
    def identity(self) -> Hashable:
        """The identity of the data. Backends of equal identity hold the same data."""
        return id(self)

    @property
    def _has_feed(self) -> bool:
        """True if the backend reports changes by others, so that it need not be polled."""
        return type(self).subscribe is not PersistenceBackend.subscribe

    def outside_stamp(self) -> Hashable | None:
        """Return a value that differs after others have changed the data; None if only reading can tell."""
        return 'told' if self._has_feed else None

    def changed_keys(self) -> Any:
        """Return the keys whose values have changed since the last call. Optional.

        It is called when `outside_stamp` differs, so that `on_change` hears of values that are not in memory. The first
        call begins to take note; its result has no meaning. Keys that the stores themselves have changed do no harm.
        """
        return ()

    @property
    def _kind(self) -> str:
        """The class of the backend, for metrics: unlike a path, it is never made of a user's name."""
        return type(self).__name__

    def describe(self) -> str:
        """Return where the data is, for messages."""
        return type(self).__name__


class Outdated(Exception):
    """Refusal of a commit whose expected value somebody else has replaced. Nothing was stored."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A value and its checkpoint, read together. The checkpoint is None if the backend keeps none."""

    value: Value
    checkpoint: Checkpoint | None

    def includes(self, commit: Commit) -> bool:
        """Return whether a commit has happened, even if others have written since."""
        if self.checkpoint is None:
            return False
        if commit.receipts:
            return all(self.checkpoint.receipts.get(writer) == receipt for writer, receipt in commit.receipts.items())
        return self.checkpoint.mark == commit.mark


class RememberingBackend(PersistenceBackend, ABC):
    """Base class of backends that keep a record's checkpoint together with its value, so that a crash loses no change.

    A published version of an epoch never comes to mean another value, in whichever process.
    """

    @abstractmethod
    async def _load(self, key: str) -> Stored:
        """Return the value and its checkpoint; in a new epoch if the value may not be the one of the checkpoint."""

    @abstractmethod
    async def _commit(self, key: str, value: Value, commit: Commit) -> None:
        """Store the value and advance its checkpoint, both or neither. An absent value is removed.

        Raises:
            Outdated: somebody else has replaced the expected value; nothing was stored.
        """

    @abstractmethod
    async def _remember(self, key: str, value: Value, commit: Commit) -> None:
        """Advance the checkpoint of a value that is stored already."""


class LoopLock:
    """An asyncio lock for one event loop at a time. In a script each `asyncio.run` has a loop of its own."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __aenter__(self) -> None:
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            if self._lock.locked() and self._loop is not None and self._loop.is_running():
                raise WrongLoop('A backend is used from two event loops at once; use a store over it, or one loop')
            self._lock, self._loop = asyncio.Lock(), loop
        await self._lock.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()


async def call(backend: PersistenceBackend, method: Callable[..., Any], *args: Any) -> Any:
    """Call a backend's method, sync or async, and return its result."""
    return await call_app_code(backend._dara_bulkhead, method, *args)


async def stored_value(backend: PersistenceBackend, key: str) -> Any:
    """Return the value under `key`, or `ABSENT`."""
    if not await call(backend, backend.has, key):
        return ABSENT
    value = await call(backend, backend.read, key)
    if value is None and not await call(backend, backend.has, key):
        return ABSENT  # removed between the calls
    return value
