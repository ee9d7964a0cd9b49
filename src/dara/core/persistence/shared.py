"""`SharedBackend`: the contract of backends that many servers share."""

from __future__ import annotations

import os
import secrets
import weakref
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from itertools import count
from typing import Any, ClassVar, Final, Self, TypeAlias

import orjson
from pydantic import PrivateAttr

from dara.core._edits import ABSENT, Value, apply
from dara.core.persistence.backend import PersistenceBackend
from dara.core.persistence.changelog import Change, Mark, Receipt, Update, Whole, Writer
from dara.core.persistence.rounds import Rounds
from dara.core.persistence.rows import dump_update
from dara.core.persistence.versions import enveloped, opened

NO_TIP: Final = ''
"""The tip of a key that has no commit yet."""


@dataclass(eq=False)
class Proposal:
    """A commit that a server proposes.

    Attributes:
        update: the commit. `update.base` is the tip that it expects.
        value: the value after it.
        is_snapshot: the value is to be stored. Else only the update is, and the value follows from the last snapshot.
        has_turn: the server has lost several races for this key, and asks others to wait.
    """

    key: str
    update: Update
    value: Value
    is_snapshot: bool = True
    has_turn: bool = False

    @cached_property
    def encoded(self) -> bytes | None:
        """The value as JSON; None if it is absent."""
        return None if self.value is ABSENT else orjson.dumps(self.value)

    @cached_property
    def encoded_update(self) -> bytes:
        """The update as JSON; see `rows.dump_update`."""
        return dump_update(self.update)


@dataclass(slots=True, eq=False)
class Conflict:
    """Refusal of a proposal: another commit came first, and nothing was stored.

    Attributes:
        updates: all commits since the expected tip; None if the log does not reach back to it.
        is_anothers_turn: another server has asked for its turn.
    """

    updates: Sequence[Update] | None
    is_anothers_turn: bool = False


@dataclass(slots=True, eq=False)
class Loaded:
    """One consistent read of a key.

    Attributes:
        updates: the latest commits, contiguous up to `tip`.
    """

    mark: Mark
    tip: str
    value: Value
    updates: Sequence[Update] = ()

    @classmethod
    def replay(cls, mark: Mark, tip: str, snapshot: Value, snapshot_version: int, updates: Sequence[Update]) -> Loaded:
        """Return the state that the updates after a snapshot lead to.

        Args:
            snapshot: the value at `snapshot_version`.
            updates: the latest commits, contiguous up to `tip`; all of those after the snapshot are among them.
        """
        value = snapshot
        for update in updates:
            if update.mark.version > snapshot_version:
                value = update.change.value if isinstance(update.change, Whole) else _applied(value, update)
        return cls(mark, tip, value, updates)

    @property
    def receipts(self) -> Mapping[Writer, Receipt]:
        """The receipts of all edits in `updates`."""
        return {writer: receipt for update in self.updates for writer, receipt in update.receipts.items()}


def _applied(stored: Value, update: Update) -> Value:
    value = opened(stored).value
    assert isinstance(update.change, Change)
    for entry in update.change.entries:
        value = apply(value, entry.ops)
    return enveloped(value, update.value_version)


OnUpdate: TypeAlias = Callable[[str, Update], None]
"""A function that receives the commits of a key, by whichever server."""
OnLoss: TypeAlias = 'Callable[[Collection[str] | None], None]'
"""A function that learns that commits of these keys may have been missed; None means all keys."""

OnOutside: TypeAlias = Callable[[str, str], None]
"""A function that receives the key and the tip of each commit past the stores; see `is_outside`."""
OnMessage: TypeAlias = Callable[[str], None]
MESSAGE_BYTES: Final = 7_000
"""The size of the longest message between servers."""
NAME_CHARACTERS: Final = 50
"""A length of names that every backend accepts."""


def is_outside(tip: str) -> bool:
    """Return whether a commit was made past the stores, by another program or by `backend.write`."""
    return 'outside:' in tip or tip.startswith('sql:')


class SharedBackend(PersistenceBackend, ABC):
    """Base class of backends whose data many servers serve at once.

    A server commits by compare and set: it proposes the next commit of a key and names the commit before, the *tip*. If
    another server was first, the proposal is refused, and the answer has the commits that the server has missed. Every
    commit advances the version of its key by one. Its change and its receipts are kept in a log, at least as long as
    those in the memory of a server. Reads are never older than what this server has committed or heard of.

    Every method is called on one event loop.
    """

    seconds_per_call: ClassVar[float] = 5
    _is_shared: ClassVar[bool] = True
    _commits_at_once: ClassVar[int] = 1
    """The number of calls of `commit` that may run at once. With two, the database works while this server does."""

    name: str = 'dara'
    """The name of the app in the database: apps with different names have different values."""

    _rounds: Rounds[Proposal, Conflict | None] = PrivateAttr()

    __hash__ = object.__hash__

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        _BACKENDS.add(self)

    def model_post_init(self, _: Any) -> None:
        self._begin_rounds()

    @abstractmethod
    async def load(self, key: str) -> Loaded:
        """Return the state of a key: one consistent read."""

    @abstractmethod
    async def updates(self, key: str, since: str) -> Sequence[Update] | None:
        """Return the commits after the tip `since`; None if the log does not reach back to it."""

    @abstractmethod
    async def receipts(self, key: str, writers: Collection[Writer]) -> Mapping[Writer, Receipt]:
        """Return the receipts of these writers, as far as they are known.

        The receipt of this server itself is asked for after a commit whose outcome is unknown.

        Raises:
            Exception: that commit may still be carried out.
        """

    @abstractmethod
    async def commit(self, proposals: Sequence[Proposal]) -> Sequence[Conflict | Exception | None]:
        """Commit proposals of different keys, each by itself; return None for each that is stored.

        A proposal that the database refuses for its content has an exception as its answer, and was not stored.

        Raises:
            Exception: it is unknown which of them are stored.
        """

    @abstractmethod
    async def tips(self, keys: Collection[str]) -> Mapping[str, str]:
        """Return the present tip of each key that has one."""

    @abstractmethod
    async def watch(self, on_update: OnUpdate, on_loss: OnLoss) -> None:
        """Report the commits of the keys that are served, from now on, to these callbacks alone."""

    @abstractmethod
    async def serve(self, added: Collection[str], dropped: Collection[str]) -> None:
        """Change the set of the keys whose commits are reported."""

    async def watch_outside(self, on_outside: OnOutside) -> None:
        """Report the commits past the stores, of all keys, from now on. Optional.

        Listeners hear of what is written past the stores by this alone; see `is_outside`. Those that are made while the
        feed is lost are reported when it is back. To report one twice has no effect. It is called after `watch`, and
        reports until `close`.
        """

    async def send(self, message: str) -> None:
        """Send a message to all servers over this data, at most once: it may be lost. It has `MESSAGE_BYTES` at most.

        Presence travels this way. A backend that cannot send leaves each server with the presence of its own users.
        """

    async def receive(self, on_message: OnMessage) -> None:
        """Call `on_message` with the messages that are sent from now on, perhaps with this server's own ones, too."""

    async def store_snapshot(self, key: str, tip: str, value: bytes | None) -> None:
        """Store the value of a tip as a snapshot, if `tip` is still the present one. Optional.

        Args:
            value: the value as JSON; None if it is absent.
        """

    @abstractmethod
    def items(self) -> AsyncIterator[tuple[str, Value]]:
        """Yield all keys with their values, in bounded memory."""

    async def close(self) -> None:
        """Release the connections; no callback is called any more. The next call of another method opens them again."""

    @cached_property
    def writer(self) -> Writer:
        """The writer of this server's own commits."""
        return Writer('', secrets.token_hex(8), '')

    @cached_property
    def _numbers(self) -> Iterator[int]:
        """The numbers of the commits of this server."""
        return count(1)

    async def has(self, key: str) -> bool:
        return (await self.load(key)).value is not ABSENT

    async def read(self, key: str) -> Any:
        value = (await self.load(key)).value
        return None if value is ABSENT else value

    async def write(self, key: str, value: Any) -> None:
        await self._replace(key, value)

    async def delete(self, key: str) -> None:
        await self._replace(key, ABSENT)

    async def get_all(self) -> dict[str, Any]:
        return {key: value async for key, value in self.items()}

    def sibling(self, purpose: str) -> Self:
        """Return a backend over the same database for data of Dara's own, which the app does not see."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        name = f'{self.name}_{purpose}'
        if len(name) > NAME_CHARACTERS:
            name = f'h{blake2b(self.name.encode(), digest_size=16).hexdigest()}_{purpose}'
        return type(self)(**{**fields, 'name': name})

    def name_of_next(self, mark: Mark) -> tuple[str, Receipt]:
        """Return the name of this server's next commit, and the receipt that tells later whether it has happened."""
        n = next(self._numbers)
        return f'{self.writer.client}:{n}', Receipt(n, version=mark.version, epoch=mark.epoch)

    async def propose(self, proposal: Proposal) -> Conflict | None:
        """Commit a proposal together with those of other keys; see `commit`."""
        return await self._rounds.submit(proposal)

    async def _store_left(self, key: str, tip: str) -> None:
        """Store the value of a tip whose server has ended before it did, unless there is a newer one."""
        if (await self.tips([key])).get(key) == tip:
            loaded = await self.load(key)
            if loaded.tip == tip:
                await self.store_snapshot(key, tip, None if loaded.value is ABSENT else orjson.dumps(loaded.value))

    async def _replace(self, key: str, value: Value) -> None:
        """Commit a value as another program would, without ops."""
        writer = replace(self.writer, store='write')  # records know their own commits by the other one
        while True:
            loaded = await self.load(key)
            mark = loaded.mark._replace(version=loaded.mark.version + 1)
            _, receipt = self.name_of_next(mark)
            tip = f'{writer.client}:outside:{receipt.n}'
            update = Update(loaded.tip, tip, mark, Whole(value), {writer: receipt})
            if await self.propose(Proposal(key, update, value)) is None:
                return

    def _begin_rounds(self) -> None:
        self._rounds = Rounds(self.commit, at_once=self._commits_at_once, seconds=self.seconds_per_call)

    def _begin_in_child(self) -> None:
        """Become another server, with connections of its own: this process is a fork."""
        self.__dict__.pop('writer', None)
        self._begin_rounds()


_BACKENDS: Final[weakref.WeakSet[SharedBackend]] = weakref.WeakSet()
_INHERITED: Final[list[object]] = []
"""The connections of the parent of this process: here, they must not even be closed."""


def _begin_in_child() -> None:
    for backend in list(_BACKENDS):
        _INHERITED.append(dict(backend.__pydantic_private__ or {}))
        backend._begin_in_child()


if hasattr(os, 'register_at_fork'):
    os.register_at_fork(after_in_child=_begin_in_child)
