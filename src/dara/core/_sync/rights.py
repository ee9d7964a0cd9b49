"""The rights of users to the records to which they are subscribed, checked again and again."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from dara.core import _messages as messages
from dara.core._context import UserData
from dara.core._outages import OUTAGES
from dara.core._sync.channel import Subscription
from dara.core._sync.tasks import Tasks
from dara.core.errors import CheckFailed, DaraError, Forbidden
from dara.core.persistence.bound_store import BoundStore

CHECKS_PER_LANE: Final = 64
CHECKS_PER_USER: Final = 16
RETRY_SECONDS: Final = (1, 2, 4, 8, 16, 30)
_Work: TypeAlias = Callable[[], Coroutine[object, object, None]]


@dataclass(frozen=True, slots=True)
class Rights:
    """The rights of a user to read and to change a value; `None` is a right that is unknown now.

    Attributes:
        why: the reason why a right is unknown, as a message to the user.
    """

    read: bool | None
    write: bool | None = None
    why: str = ''

    @property
    def is_unknown(self) -> bool:
        """True if one of the rights is unknown."""
        return self.read is None or (self.read and self.write is None)


async def rights_in(store: BoundStore, user: UserData, key: str) -> Rights:
    """Return the user's rights to the record of `key` in the store."""
    try:
        if await store.key_for(user) != key or not await store.access.may_read(user, key):
            return Rights(False, False)
    except Forbidden:
        return Rights(False, False)
    except DaraError as error:
        return Rights(None, why=_reason(store, user, error))
    return await right_to_write(store, user, key)


async def right_to_write(store: BoundStore, user: UserData, key: str) -> Rights:
    """Return the rights of a user who may read the record of `key`."""
    if store.access.readonly:
        return Rights(True, False)
    try:
        return Rights(True, await store.access.may_write(user, key))
    except DaraError as error:
        return Rights(True, why=_reason(store, user, error))


def _reason(store: BoundStore, user: UserData, error: DaraError) -> str:
    if isinstance(error, CheckFailed):
        return str(error)  # it has been logged
    OUTAGES.failed(f'Checking rights in {store}', user.identity_id, error, is_ours=True)
    return messages.RIGHTS_CHECK_FAILED


class _Subject(NamedTuple):
    """The subject of a check: the rules of a store, the data of a user, and a key. Equal subjects have equal rights."""

    rules: Hashable
    user: Hashable
    key: str


@dataclass(eq=False, slots=True)
class _Check:
    """A check that is queued, and the subscriptions for which it is made."""

    store: BoundStore
    user: UserData
    key: str
    done: asyncio.Future[None]
    subscriptions: dict[Subscription, None] = field(default_factory=dict)


class Rechecks:
    """Repeated checks of the rights of subscriptions.

    Equal checks are made once. The rules of one kind of store have a lane of their own, and the users take turns in it:
    neither a predicate that hangs nor a user with many rooms delays the others.

    Args:
        apply: called with each subscription and its rights.
    """

    def __init__(self, apply: Callable[[Subscription, Rights], None]) -> None:
        self._apply = apply
        self._lanes: dict[Hashable, _Lane] = {}
        self._queued: dict[_Subject, _Check] = {}
        self._timers: set[asyncio.TimerHandle] = set()

    def check(self, subscriptions: Iterable[Subscription]) -> asyncio.Future[list[None]]:
        """Check the rights of subscriptions; return a future that is done when all are checked."""
        checks = {self._enqueue(each).done: None for each in subscriptions if not each.has_ended}
        return asyncio.gather(*checks)

    def check_later(self, subscriptions: list[Subscription]) -> None:
        """Check the unknown rights of subscriptions again, each time after a longer pause."""
        subscriptions = [each for each in subscriptions if not each.is_recheck_scheduled]
        if not subscriptions:
            return
        for subscription in subscriptions:
            subscription.is_recheck_scheduled = True
            subscription.unknown_checks += 1
        attempt = min(max(each.unknown_checks for each in subscriptions), len(RETRY_SECONDS))

        def check() -> None:
            self._timers.discard(timer)
            for subscription in subscriptions:
                subscription.is_recheck_scheduled = False
            self.check(subscriptions)

        timer = asyncio.get_running_loop().call_later(RETRY_SECONDS[attempt - 1], check)
        self._timers.add(timer)

    def close(self) -> None:
        """Cancel all checks."""
        for timer in self._timers:
            timer.cancel()
        for lane in self._lanes.values():
            lane.tasks.cancel()

    def _enqueue(self, subscription: Subscription) -> _Check:
        store, user = subscription.store, subscription.subscriber.identity.user
        subject = _Subject(_rules_of(store), _data_of(user), subscription.key)
        check = self._queued.get(subject)
        if check is None:
            check = _Check(store, user, subject.key, asyncio.get_running_loop().create_future())
            self._queued[subject] = check
            if subject.rules not in self._lanes:
                self._lanes[subject.rules] = _Lane(lambda: self._lanes.pop(subject.rules, None))
            self._lanes[subject.rules].add(subject.user, lambda: self._make(subject))
        check.subscriptions[subscription] = None
        return check

    async def _make(self, subject: _Subject) -> None:
        check = self._queued.pop(subject)  # a subscription that is added during the check needs a newer one
        try:
            rights = await rights_in(check.store, check.user, check.key)
            subscriptions = [each for each in check.subscriptions if not each.has_ended]
            for subscription in subscriptions:
                self._apply(subscription, rights)
            if rights.is_unknown and subscriptions:
                self.check_later(subscriptions)
        finally:
            if not check.done.done():
                check.done.set_result(None)


class _Lane:
    """The queue of the checks of one kind; the users take turns."""

    def __init__(self, on_empty: Callable[[], object]) -> None:
        self.tasks = Tasks('Rights could not be checked')
        self._slots = asyncio.Semaphore(CHECKS_PER_LANE)  # first come, first served; each user waits for few of them
        self._queues: dict[Hashable, deque[_Work]] = {}
        self._workers: Counter[Hashable] = Counter()
        self._on_empty = on_empty

    def add(self, user: Hashable, work: _Work) -> None:
        self._queues.setdefault(user, deque()).append(work)
        if self._workers[user] < CHECKS_PER_USER:
            self._workers[user] += 1
            self.tasks.start(self._work(user))

    async def _work(self, user: Hashable) -> None:
        """Do the queued work of a user in order."""
        queue = self._queues[user]
        try:
            while queue:
                async with self._slots:
                    if queue:
                        await queue.popleft()()
        finally:
            self._workers[user] -= 1
            if not self._workers[user]:
                del self._workers[user]
                self._queues.pop(user, None)
            if not self._queues:
                self._on_empty()


def _rules_of(store: BoundStore) -> Hashable:
    return (store.access.rules, store.core.scope, store.room is None)


def _data_of(user: UserData) -> str:
    """Return all data of a user as one value: two sessions of one user may have different groups."""
    return str(user)
