"""What a user writes to keep values somewhere: `PersistenceBackend`."""

from __future__ import annotations

import asyncio
import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError

from dara.core._edits import Value
from dara.core.errors import InvalidDefinition, WrongLoop
from dara.core.persistence.bulkhead import Bulkhead
from dara.core.persistence.changelog import Change, ChangeLog, Receipt, Receipts, Writer


class PersistenceBackend(BaseModel, ABC):
    """Keeps JSON values by key. Subclass it, with typed fields, to keep them in a place of your own.

    Every method may be sync or async; sync ones run in a thread. `key` is `'global'` in global scope.
    What a method raises reaches whoever asked; nothing is published that was not written. One that takes longer than
    `seconds_per_call` has failed, too; it is not asked again for that key until it has returned all the same.
    """

    model_config = ConfigDict(extra='forbid', arbitrary_types_allowed=True, defer_build=True)
    leaves_values_alone: ClassVar[bool] = False
    """Whether `write` changes nothing in the value that it is handed; others are handed a copy."""
    seconds_per_call: ClassVar[float] = 30
    """How long a read or a write may take; one that takes longer has failed, as if it had raised."""

    _dara_bulkhead: Bulkhead = PrivateAttr(default_factory=Bulkhead)

    def __init__(self, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as error:
            told = [f'{".".join(map(str, each["loc"]))}: {each["msg"]}' for each in error.errors(include_url=False)]
            raise InvalidDefinition(f'{type(self).__name__}: {"; ".join(told)}') from None

    @abstractmethod
    def has(self, key: str) -> Any:
        """Return whether a value is stored under `key`."""

    @abstractmethod
    def read(self, key: str) -> Any:
        """Return the value under `key`; only called after `has` said that there is one."""

    @abstractmethod
    def write(self, key: str, value: Any) -> Any:
        """Store `value` under `key`. When it returns, the value is as durable as this backend makes it."""

    @abstractmethod
    def delete(self, key: str) -> Any:
        """Remove the value under `key`, if there is one."""

    @abstractmethod
    def get_all(self) -> Any:
        """Return all values by key."""

    def subscribe(self, on_value: Callable[..., Any]) -> Any:
        """Arrange that `on_value(key, value)` is called when the data was changed by others. Optional.

        It may be called from any thread, with the value alone in global scope, or with nothing at all, and
        returns at once. The value is read again soon after, so the echo of a write of our own does nothing.
        A backend without this is asked again at every `store.read()` and before every write.
        """

    @property
    def durability(self) -> str:
        """What survives once a write returned: `memory`, `process`, `disk` or `replicated`."""
        return 'process'

    @property
    def identity(self) -> Hashable:
        """What tells two backends apart; those of equal identity hold the same data."""
        return id(self)

    @property
    def has_feed(self) -> bool:
        """Whether the backend tells of changes by others, so that it need not be asked."""
        return type(self).subscribe is not PersistenceBackend.subscribe

    def outside_stamp(self) -> Hashable | None:
        """Return what differs after others changed the data; `None` if only reading it can tell."""
        return 'told' if self.has_feed else None

    def describe(self) -> str:
        """Say to a person where the data is."""
        return type(self).__name__


ANYTHING: Final = object()


class Outdated(Exception):
    """The value that a commit goes out from is not there any more: somebody else has changed it. Nothing was stored."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a record stands with a value, whose edits that settled, and what has changed on the way there.

    `before` is the value that the record has gone out from; it may be written over, and no other may.
    """

    epoch: str
    version: int
    settled: Mapping[Writer, Receipt] = field(default_factory=dict)
    change: Change | None = None
    before: Any = ANYTHING


@dataclass(frozen=True, slots=True)
class Stored:
    """What a backend that remembers has of one key: all as of one moment."""

    value: Value
    epoch: str
    version: int
    receipts: Receipts
    log: ChangeLog

    def includes(self, position: Position) -> bool:
        """Whether a commit that was to lead there has happened, whatever was written since."""
        if position.settled:
            return all(self.receipts.get(writer) == how for writer, how in position.settled.items())
        return (self.epoch, self.version) == (position.epoch, position.version)


class RememberingBackend(PersistenceBackend, ABC):
    """One that keeps where a record stands together with its value, so that a crash breaks no chain of versions.

    A version that a record has published is never given to another value of its epoch, whoever comes next.
    """

    @abstractmethod
    async def load(self, key: str) -> Stored:
        """Return what is there; in a new epoch if it cannot be proven that the value is the one remembered."""

    @abstractmethod
    async def commit(self, key: str, value: Value, position: Position) -> None:
        """Store the value, and where the record then stands: both, or neither. An absent value is removed.

        Raises:
            Outdated: somebody else has changed the value that the record has gone out from; nothing was stored.
        """

    @abstractmethod
    async def remember(self, key: str, value: Value, position: Position) -> None:
        """Keep where the record stands, with the value that is there already."""


class LoopLock:
    """A lock for one event loop at a time: in a script each `asyncio.run` has a loop of its own."""

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
    """Call a backend's method, sync or async."""
    if inspect.iscoroutinefunction(method):
        return await method(*args)
    result = await backend._dara_bulkhead.run(method, *args)
    return await result if inspect.isawaitable(result) else result
