"""The stores of an app, and the backends that keep their values."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Iterable
from difflib import get_close_matches
from typing import Any

from dara.cli.loading import load_config, locate
from dara.cli.refused import Refused
from dara.core._edits import ABSENT
from dara.core._fleet import WORKERS
from dara.core._json import to_json
from dara.core.configuration import Configuration
from dara.core.errors import BackendFailed, DaraError
from dara.core.persistence import InMemoryBackend
from dara.core.persistence.bound_store import BoundStore
from dara.core.persistence.default_backend import DefaultBackend
from dara.core.persistence.records import Records
from dara.core.persistence.scope import GLOBAL_KEY
from dara.core.persistence.shared import SharedBackend
from dara.core.persistence.store_core import StoreCore, noting_stores
from dara.core.persistence.versions import Versioned, opened


class Source:
    """One backend and the stores over it. Each of its keys belongs to one store.

    Attributes:
        stores: by their uids.
        rooms: the stores that are known to use a key of the backend.
        strange: the number of keys seen that no store of the app has.
    """

    def __init__(self, records: Records) -> None:
        self.records = records
        self.stores: dict[str, StoreCore] = {}
        self.rooms: dict[str, StoreCore] = {}
        self.strange = 0

    async def owner(self, key: str, stored: Versioned) -> StoreCore | None:
        """Return the store of a key of the backend: the one that is known to use it, else the first that may.

        Of several that may, the first whose type accepts the value, once it is migrated.
        """
        stores = [each for each in self.stores.values() if each.own_key(key) is not None]
        if len(stores) < 2:
            return next(iter(stores), None)
        if key in self.rooms:
            return self.rooms[key]
        for each in stores:
            if await _fits(each, key, stored):
                return each
        return stores[0]

    async def items(self) -> AsyncIterator[tuple[StoreCore, str, Versioned]]:
        """Yield all values as they are stored, each with its store and the store's own key.

        Raises:
            BackendFailed: the backend raised.
        """
        backend = self.records.backend
        try:
            async for key, value in backend.items():
                stored = opened(value)
                core = await self.owner(key, stored)
                own_key = core.own_key(key) if core else None
                if core is None or own_key is None:
                    self.strange += 1
                else:
                    yield core, own_key, stored
        except DaraError:
            raise
        except Exception as error:
            raise BackendFailed(f'{backend.describe()}: could not read: {error}') from error


class AppStores:
    """The stores of an app: those of its pages, and those that its modules declare.

    Attributes:
        title: the title of the app.
        stores: by their uids.
        sources: the backends other than memory.
    """

    def __init__(self, configuration: Configuration, declared: Iterable[StoreCore]) -> None:
        self.title = configuration.title
        self.stores: dict[str, StoreCore] = {}
        self._sources: dict[int, Source] = {}
        default = DefaultBackend(configuration.backend)
        cores = [*(each.core for each in configuration.tree.all_stores), *declared]
        for core in cores:
            core.move_to(default)
        for core in cores:
            self._add(core)
        for (_, room), store in configuration.tree.stores.items():
            if not (is_in_memory(store.core) or store.is_personal):
                key = store.core.stored_key(GLOBAL_KEY if room is None else room)
                self._source(store.core).rooms.setdefault(key, store.core)

    @property
    def sources(self) -> list[Source]:
        return list(self._sources.values())

    def find(self, uid: str) -> StoreCore:
        """Return the store of that uid, whose values are not in memory.

        Raises:
            Refused: there is none.
        """
        if uid not in self.stores:
            close = get_close_matches(uid, self.stores, 1)
            raise Refused(
                f'the app has no store {uid!r}. ' + (f'Did you mean {close[0]!r}?' if close else 'See: dara data list')
            )
        if is_in_memory(self.stores[uid]):
            raise Refused(
                f'the store {uid!r} keeps its values in the memory of the server, which ends with it. '
                "Give it a backend, such as FileBackend(path='values.json')."
            )
        return self.stores[uid]

    def limit_memory(self) -> None:
        """Forget the values of all keys that are not in use."""
        for source in self.sources:
            source.records.evict_idle(0)

    async def close(self) -> None:
        """Finish all commits, and release the connections to databases."""
        for source in self.sources:
            await source.records.wait_until_idle()
            if isinstance(source.records.backend, SharedBackend):
                await source.records.backend.close()

    def _add(self, core: StoreCore) -> None:
        known = self.stores.setdefault(core.uid, core)
        if is_in_memory(core):
            return
        source = self._source(core)
        if source is not (None if is_in_memory(known) else self._source(known)):
            raise Refused(
                f'two different stores have the uid {core.uid!r}, in {known.backend.describe()} and in '
                f'{core.backend.describe()}. Give each one of its own.'
            )
        source.stores.setdefault(core.uid, core)

    def _source(self, core: StoreCore) -> Source:
        records = core.open_records()
        return self._sources.setdefault(id(records), Source(records))


def load_stores(app: str | None) -> AppStores:
    """Import an app, and return its stores.

    Args:
        app: a file, or `module:name`, or `None` for the app that is found in the current folder.

    Raises:
        DaraError: the app cannot be loaded.
    """
    os.environ.pop(WORKERS, None)  # this process serves nobody
    sys.path.insert(0, os.getcwd())
    with noting_stores() as declared:
        configuration = load_config(locate(app))
    return AppStores(configuration, declared)


def bound(core: StoreCore, key: str) -> BoundStore:
    """Return the store at one of its keys.

    Raises:
        InvalidDefinition: the key is not a valid one.
    """
    return BoundStore(core).enter(key)


def is_in_memory(core: StoreCore) -> bool:
    """Return whether the values are in the memory of the process that serves the app."""
    return isinstance(core.backend, InMemoryBackend)


async def present(core: StoreCore, key: str, stored: Versioned) -> Any:
    """Return a value in the version of the store. Runs the functions of the store that migrate it, in a thread.

    Raises:
        NotJson: a value to be migrated is not JSON.
        WrongVersion: it is of a later version, or cannot be migrated.
    """
    where = f'store {core.uid!r}'
    core.versions.check_known(where, key, stored, 1)
    if stored.version == core.versions.version or stored.value is ABSENT:
        return stored.value
    value = to_json(stored.value)
    return await core.versions.threads.run(core.versions.migrated, where, key, stored.version, value)


async def held(core: StoreCore, key: str) -> Any:
    """Return the value under a key of a store in the version of the store, or `ABSENT`.

    Raises:
        BackendFailed: the backend raised.
        NotJson: a value to be migrated is not JSON.
        WrongVersion: it is of a later version, or cannot be migrated.
    """
    return await present(core, key, opened(await core.stored(key)))


async def _fits(core: StoreCore, key: str, stored: Versioned) -> bool:
    try:
        core.check(await present(core, key, stored))
    except DaraError:
        return False
    return True
