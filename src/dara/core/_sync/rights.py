"""Who may see and change what they are subscribed to: asked again and again, so that nobody waits for another.

A question is about a user, a key and the store's predicates. Equal ones are asked once. Predicates of one kind have a
lane of their own, in which the users take turns: neither one that hangs nor a user with many rooms holds up the rest.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from dara.core._context import UserData
from dara.core._outages import OUTAGES
from dara.core._sync.channel import Subscription
from dara.core._sync.connection import Connection
from dara.core.errors import CheckFailed, DaraError, Forbidden
from dara.core.persistence.bound_store import BoundStore

AT_ONCE: Final = 64
OF_ONE_USER_AT_ONCE: Final = 16
ASK_AGAIN_SECONDS: Final = (1, 2, 4, 8, 16, 30)
Asker: TypeAlias = tuple[Connection, Subscription]
Work: TypeAlias = Callable[[], Coroutine[object, object, None]]
logger = logging.getLogger('dara')


@dataclass(frozen=True, slots=True)
class Rights:
    """Whether a user may see and change a value; `None`: that cannot be told now. `why` says so to the user."""

    read: bool | None
    write: bool | None = None
    why: str = ''

    @property
    def is_unknown(self) -> bool:
        """Whether one of them cannot be told."""
        return self.read is None or (self.read and self.write is None)


async def rights_in(store: BoundStore, user: UserData, key: str) -> Rights:
    """Ask whether the user may still see and change the record of that key through the store."""
    try:
        if await store.key_for(user) != key or not await store.access.may_read(user, key):
            return Rights(False, False)
    except Forbidden:
        return Rights(False, False)
    except DaraError as error:
        return Rights(None, why=_told(store, user, error))
    return await right_to_write(store, user, key)


async def right_to_write(store: BoundStore, user: UserData, key: str) -> Rights:
    """Ask whether a user who may see the record of that key may change it through the store."""
    if store.access.readonly:
        return Rights(True, False)
    try:
        return Rights(True, await store.access.may_write(user, key))
    except DaraError as error:
        return Rights(True, why=_told(store, user, error))


def _told(store: BoundStore, user: UserData, error: DaraError) -> str:
    if isinstance(error, CheckFailed):
        return str(error)  # the log has it
    OUTAGES.failed(f'Checking rights in {store}', user.identity_id, error, is_ours=True)
    return 'The server cannot check now what you may see'


@dataclass(eq=False, slots=True)
class _Question:
    store: BoundStore
    user: UserData
    key: str
    done: asyncio.Future[None]
    askers: dict[Asker, None] = field(default_factory=dict)


class Rechecks:
    """Asks what connections may see and change, and hands on the answers.

    Args:
        apply: is told what a connection may do through a subscription.
    """

    def __init__(self, apply: Callable[[Connection, Subscription, Rights], None]) -> None:
        self._apply = apply
        self._lanes: dict[Hashable, _Lane] = {}
        self._queued: dict[Hashable, _Question] = {}
        self._timers: set[asyncio.TimerHandle] = set()

    def ask(self, askers: Iterable[Asker]) -> asyncio.Future[list[None]]:
        """Ask for each of them, from now on; what is returned is done when all were answered."""
        waited = {self._enqueue(asker).done: None for asker in askers if _is_present(asker)}
        return asyncio.gather(*waited)

    def ask_again(self, askers: list[Asker]) -> None:
        """Ask later what cannot be told now; each time after a longer pause."""
        askers = [asker for asker in askers if not asker[1].is_recheck_scheduled]
        if not askers:
            return
        for _, subscription in askers:
            subscription.is_recheck_scheduled = True
            subscription.unknown_checks += 1
        doubts = min(max(subscription.unknown_checks for _, subscription in askers), len(ASK_AGAIN_SECONDS))

        def ask() -> None:
            self._timers.discard(timer)
            for _, subscription in askers:
                subscription.is_recheck_scheduled = False
            self.ask(askers)

        timer = asyncio.get_running_loop().call_later(ASK_AGAIN_SECONDS[doubts - 1], ask)
        self._timers.add(timer)

    def close(self) -> None:
        """Ask nothing any more."""
        for timer in self._timers:
            timer.cancel()
        for lane in self._lanes.values():
            lane.close()

    def _enqueue(self, asker: Asker) -> _Question:
        connection, subscription = asker
        store, user, key = subscription.store, connection.identity.user, subscription.channel.record.key
        of_store = (store.access.rules, store.core.scope, store.room is None)
        known = _values(user)
        name = (of_store, known, key)
        question = self._queued.get(name)
        if question is None:
            question = _Question(store, user, key, asyncio.get_running_loop().create_future())
            self._queued[name] = question
            if of_store not in self._lanes:
                self._lanes[of_store] = _Lane(lambda: self._lanes.pop(of_store, None))
            self._lanes[of_store].add(known, lambda: self._answer(name))
        question.askers[asker] = None
        return question

    async def _answer(self, name: Hashable) -> None:
        question = self._queued.pop(name)  # who asks from now on wants a newer answer
        try:
            rights = await rights_in(question.store, question.user, question.key)
            present = [asker for asker in question.askers if _is_present(asker)]
            for connection, subscription in present:
                self._apply(connection, subscription, rights)
            if rights.is_unknown and present:
                self.ask_again(present)
        finally:
            if not question.done.done():
                question.done.set_result(None)


class _Lane:
    """What waits for the predicates of one kind: the users take turns."""

    def __init__(self, on_empty: Callable[[], object]) -> None:
        self._room = asyncio.Semaphore(AT_ONCE)  # lets in who came first, and each user has few who wait there
        self._queues: dict[Hashable, deque[Work]] = {}
        self._workers: Counter[Hashable] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._on_empty = on_empty

    def add(self, user: Hashable, work: Work) -> None:
        self._queues.setdefault(user, deque()).append(work)
        if self._workers[user] < OF_ONE_USER_AT_ONCE:
            self._workers[user] += 1
            task = asyncio.create_task(self._work(user))
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _work(self, user: Hashable) -> None:
        """Do what waits for a user, one after the other."""
        queue = self._queues[user]
        try:
            while queue:
                async with self._room:
                    if queue:
                        await queue.popleft()()
        finally:
            self._workers[user] -= 1
            if not self._workers[user]:
                del self._workers[user]
                self._queues.pop(user, None)
            if not self._queues:
                self._on_empty()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            logger.error('Rights could not be asked for', exc_info=task.exception())


def _is_present(asker: Asker) -> bool:
    connection, subscription = asker
    return connection.subscriptions.get(subscription.id) is subscription


def _values(user: UserData) -> Hashable:
    """What is known of a user: two connections of one may have been told different groups."""
    return (user.identity_id, user.identity_name, user.identity_email, tuple(user.groups))
