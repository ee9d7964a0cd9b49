"""Exports and imports of the values of an app."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Sequence
from typing import BinaryIO, Final, Literal, NamedTuple, TypeAlias, TypeVar

from dara.cli.lines import End, Entry, check_head, dump_end, dump_entry, dump_head, load_line
from dara.cli.progress import Progress
from dara.cli.refused import Refused
from dara.cli.stored import AppStores, bound, held, is_in_memory, present
from dara.core._edits import ABSENT, Value
from dara.core._json import Json, json_equal, to_json
from dara.core.errors import DaraError, NotJson
from dara.core.persistence import FileBackend
from dara.core.persistence.record import Record
from dara.core.persistence.scope import check_key
from dara.core.persistence.store_core import StoreCore
from dara.core.persistence.versions import Versioned

T = TypeVar('T')
BATCH_VALUES: Final = 1000
BATCH_BYTES: Final = 4 * 1024 * 1024
AT_ONCE: Final = 32
"""The number of calls of one backend at a time. A file is written once for all that wait, however many."""
State: TypeAlias = Literal['new', 'equal', 'other']


class Planned(NamedTuple):
    """A checked line of an import."""

    number: int
    core: StoreCore
    key: str
    version: int
    value: Json
    size: int

    @property
    def place(self) -> str:
        """The line and the key, for messages."""
        return f'line {self.number}, store {self.core.uid!r}, key {self.key!r}'


async def export_values(app: AppStores, file: BinaryIO) -> int:
    """Write all values that are not in memory; return their number.

    Raises:
        Refused: a value cannot be represented as JSON.
        BackendFailed, StoreCorrupt: a backend cannot be read.
    """
    progress, count = Progress('exported'), 0
    file.write(dump_head(app.title))
    for source in app.sources:
        async for core, key, stored in source.items():
            try:
                file.write(dump_entry(Entry(core.uid, key, stored.value, stored.version)))
            except NotJson as error:
                raise Refused(
                    f'{core.backend.describe()}, key {key!r}: {error} Repair it, and export again.'
                ) from error
            count += 1
            progress.show(count)
    file.write(dump_end(count))
    file.flush()
    progress.clear()
    return count


class Import:
    """An import of the lines of a file, which may be read several times.

    Args:
        overwrite: replace other values that are there.
        is_partial: the file need not have all lines of an export.
    """

    def __init__(self, app: AppStores, file: BinaryIO, *, overwrite: bool, is_partial: bool) -> None:
        self._app = app
        self._file = file
        self._overwrite = overwrite
        self._is_partial = is_partial
        self._at_once: dict[int, asyncio.Semaphore] = {}

    async def check(self) -> Counter[State]:
        """Check all lines, and return how many values are new, equal to those that are there, or other ones.

        Raises:
            Refused: a line is not valid, or another value is there and must not be replaced.
        """
        counts: Counter[State] = Counter()
        first: Planned | None = None
        async for planned, state in self._for_all('checked', self._state_of):
            counts[state] += 1
            first = first or (planned if state == 'other' else None)
        if first and not self._overwrite:
            raise Refused(
                f'{counts["other"]:,} of {counts.total():,} keys have other values already, the first one at '
                f'{first.place}; nothing was written. --overwrite replaces them.'
            )
        return counts

    async def write(self) -> None:
        """Store all values that are not there yet.

        Raises:
            Refused: a value could not be stored, or another program has stored another one meanwhile.
        """
        try:
            async for _ in self._for_all('written', self._store):
                pass
        except Refused as error:
            raise Refused(f'{error} Some values are stored by now: import again to go on.') from error

    async def _state_of(self, planned: Planned) -> State:
        state = _state(await held(planned.core, planned.key), planned.value)
        if planned.core.access.readonly and state != 'equal' and (state == 'new' or self._overwrite):
            raise Refused(f'{planned.place}: the store is read-only, and has another value or none')
        return state

    async def _store(self, planned: Planned) -> None:
        def change(_: Record, value: Value) -> Value:
            if _state(value, planned.value) == 'other' and not self._overwrite:
                raise Refused('it has got another value meanwhile.')
            return planned.value

        if _state(await held(planned.core, planned.key), planned.value) != 'equal':
            await bound(planned.core, planned.key).transact(change)

    async def _for_all(self, doing: str, work: Callable[[Planned], Awaitable[T]]) -> AsyncGenerator[tuple[Planned, T]]:
        """Do some work for all lines, many at a time; yield the results in order."""
        progress, count = Progress(doing), 0
        try:
            for batch in _batches(self._plan()):
                results = await asyncio.gather(*(self._limited(work, each) for each in batch), return_exceptions=True)
                for planned, result in zip(batch, results, strict=True):
                    if isinstance(result, BaseException):
                        raise _failed(planned, result)
                    yield planned, result
                self._app.limit_memory()
                count += len(batch)
                progress.show(count)
        finally:
            progress.clear()

    async def _limited(self, work: Callable[[Planned], Awaitable[T]], planned: Planned) -> T:
        backend = planned.core.backend
        number = BATCH_VALUES if isinstance(backend, FileBackend) else AT_ONCE
        async with self._at_once.setdefault(id(backend), asyncio.Semaphore(number)):
            return await work(await _checked(planned))

    def _plan(self) -> Iterator[Planned]:
        """Yield the checked lines.

        Raises:
            Refused: a line is not valid, or the last one is missing.
        """
        self._file.seek(0)
        check_head(self._file.readline())
        count, end = 0, None
        for number, line in enumerate(self._file, 2):
            if end is not None:
                raise Refused(f'line {number}: the export has ended in the line before')
            entry = load_line(line, number)
            if isinstance(entry, End):
                end = entry.values
            else:
                count += 1
                yield self._planned(entry, number, len(line))
        if end != count and not self._is_partial:
            has = f'has {count:,} values, and its last line says {end:,}' if end is not None else 'has no last line'
            raise Refused(f'the file is not complete: it {has}. Export again, or import what there is: --partial')

    def _planned(self, entry: Entry, number: int, size: int) -> Planned:
        try:
            core = self._app.find(entry.store)
            key = check_key(entry.key, f'store {entry.store!r}')
        except (DaraError, Refused) as error:
            raise Refused(f'line {number}: {message_of(error)}') from error
        return Planned(number, core, key, entry.version, entry.value, size)


def message_of(error: Exception) -> str:
    """Return the message of an error, in one line."""
    return ' '.join(str(error).split())


def notes_on_export(app: AppStores) -> Iterator[str]:
    """Yield notes on values that an export lacks."""
    names = [core.uid for core in app.stores.values() if is_in_memory(core)]
    if names:
        yield f'in the memory of the server, and not exported: {", ".join(names)}'
    for source in app.sources:
        if source.strange:
            where = source.records.backend.describe()
            yield f'of stores that the app does not have, and not exported: {source.strange:,} values in {where}'


async def _checked(planned: Planned) -> Planned:
    """Return a line whose value is migrated to the version of its store, and can be stored there.

    Raises:
        DaraError, Refused: there is no such value.
    """
    core, version = planned.core, planned.core.versions.version
    if planned.version > version:
        raise Refused(
            f'the value is of version {planned.version}, and the store of version {version}. Import it with the '
            'version of the app that has exported it, or a newer one.'
        )
    value = await present(core, planned.key, Versioned(planned.version, planned.value, is_stated=True))
    return planned._replace(version=version, value=core.check(value))


def _state(found: object, value: Json) -> State:
    if found is ABSENT:
        return 'new'
    try:
        return 'equal' if json_equal(to_json(found), value) else 'other'
    except NotJson:
        return 'other'


def _failed(planned: Planned, error: BaseException) -> BaseException:
    if isinstance(error, Refused) and error.message.startswith('line '):
        return error
    if isinstance(error, (DaraError, Refused)):
        return Refused(f'{planned.place}: {message_of(error)}')
    return error


def _batches(lines: Iterable[Planned]) -> Iterator[Sequence[Planned]]:
    """Yield lines together. A line that is refused comes after those before it, so that the first mistake is named."""
    batch: list[Planned] = []
    size = 0
    refused: Refused | None = None
    try:
        for each in lines:
            batch.append(each)
            size += each.size
            if len(batch) == BATCH_VALUES or size >= BATCH_BYTES:
                yield batch
                batch, size = [], 0
    except Refused as error:
        refused = error
    if batch:
        yield batch
    if refused:
        raise refused
