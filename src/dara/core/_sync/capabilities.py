"""Capabilities: the stores and calls that each tab may use."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast
from weakref import WeakKeyDictionary, WeakSet

from dara.core._fleet import ONLY_WORKER, is_alone
from dara.core._sync.connection import Connection
from dara.core._tree import Tree
from dara.core.persistence.bound_store import BoundStore
from dara.core.persistence.default_backend import DefaultBackend
from dara.core.persistence.handover import take_over
from dara.core.persistence.records import Records

if TYPE_CHECKING:
    from dara.core.persistence.shared import SharedBackend


class Capabilities:
    """The trees that a tab may use: that of the app's pages, and those rendered for the slots of the tab.

    A tab may subscribe to the stores of these trees, and make their calls. Everything else does not exist for it.

    Args:
        pages: the tree of the app's pages.
        default: the default backend of the app.
    """

    def __init__(self, pages: Tree, default: DefaultBackend) -> None:
        self._pages = pages
        self._default = default
        self._slots: WeakKeyDictionary[Connection, dict[str, Tree]] = WeakKeyDictionary()
        self._used: WeakSet[Records] = WeakSet()

    def of(self, connection: Connection, slot: str | None) -> Tree | None:
        """Return the tree of a slot of the tab, or that of the pages for `None`; `None` if the slot is empty."""
        return self._pages if slot is None else self._slots.get(connection, {}).get(slot)

    def has_room_for(self, connection: Connection, slot: str) -> bool:
        """Return whether the tab may fill the slot without exceeding its limit."""
        slots = self._slots.get(connection, {})
        return slot in slots or len(slots) < connection.limits.subscriptions

    def grant(self, connection: Connection, slot: str, tree: Tree) -> None:
        """Let the tab use a tree, until the slot is rendered again or released, or the tab disconnects.

        Raises:
            ConflictingIds: a store of the tree shares its backend with a store of another kind of scope.
        """
        if connection.is_disconnected:
            return
        for store in tree.all_stores:
            records = store.core.open_records()
            self._use(records)
            if store.core.is_private_memory:
                self._default.memories[store.uid] = records
        self._slots.setdefault(connection, {})[slot] = tree

    def release(self, connection: Connection, slot: str) -> None:
        """Empty a slot of the tab."""
        self._slots.get(connection, {}).pop(slot, None)

    def release_all(self, connection: Connection) -> None:
        """Empty all slots of the tab."""
        self._slots.pop(connection, None)

    @property
    def page_stores(self) -> list[BoundStore]:
        """The stores of the app's pages."""
        return self._pages.all_stores

    @property
    def may_be_one_of_many(self) -> bool:
        """True if other processes, perhaps on other machines, may serve the app, too."""
        return not is_alone() or self.shared_backend is not None

    @property
    def shared_backend(self) -> SharedBackend | None:
        """The default backend, or else that of the first store, whose values many servers may share, if any."""
        opened = [*self._default.all_records, *(store.core.open_records() for store in self.page_stores)]
        shared = (cast('SharedBackend', each.backend) for each in opened if each.backend._is_shared)
        return next(shared, None)

    def records(self) -> list[Records]:
        """Return the records of every backend in use."""
        stores = self.page_stores
        for slots in self._slots.values():
            for tree in slots.values():
                stores += tree.all_stores
        opened = [store.core.open_records() for store in stores]
        used = [*opened, *self._default.all_records]
        return list({id(records): records for records in used}.values())

    async def claim(self) -> None:
        """Be the one server of all values of the pages that servers cannot share.

        Raises:
            InvalidConfig: another server has them.
        """
        self.use_all()
        for records in self.records():
            await records.serve_alone()
        own = [store for store in self.page_stores if store.core.backend._is_for_one_process]
        if own:
            await take_over(ONLY_WORKER.claim, f'{own[0]} ({own[0].core.backend.describe()})')

    def use_all(self) -> None:
        """Keep the backends of the pages open until `close_backends`."""
        for records in self.records():
            self._use(records)

    def _use(self, records: Records) -> None:
        records.apps.add(self)
        self._used.add(records)

    async def close_backends(self) -> None:
        """Close the shared backends, except those that another app of this process uses."""
        used = list(self._used)
        for records in used:
            records.apps.discard(self)
        await asyncio.gather(*(records.close() for records in used if not records.apps))

    def evict_idle(self) -> None:
        """Evict the records that are not in use, and drop the private memory of stores that is empty."""
        for records in self.records():
            records.evict_idle()
        self._default.forget_empty_memories()
