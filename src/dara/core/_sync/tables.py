"""Tables on the server: windows of the rows of results that are DataFrames."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

import orjson

from dara.core._calls import DeriveCall
from dara.core._context import Identity
from dara.core._frames.export import export
from dara.core._frames.frame import Frame
from dara.core._frames.query import RowQuery
from dara.core._frames.views import Groups, View, find, group, within
from dara.core._frames.windows import distinct, dumped, grouped_rows, is_large, numbered, rows_between
from dara.core._json import Json
from dara.core._sync.encoded import Encoded
from dara.core._sync.protocol.messages import DerivedInput, Export, Input, StoreInput, ValueInput, Window
from dara.core._sync.results import Computed, Visibility, owner_of
from dara.core._temporary import delete_file, folder_of_file
from dara.core._threads import Threads
from dara.core.derived import Computation

T = TypeVar('T')
TABLE_BYTES: Final = 1024 * 1024 * 1024
"""The size of all kept tables; those of cached results and of variables take no memory of their own."""
VIEW_BYTES: Final = 64 * 1024 * 1024
"""The size of the kept views of one table; or of a few, if its rows are many."""
LEAST_VIEWS: Final = 4
MAX_VIEWS: Final = 200
"""The number of kept views of one table, many of which may be empty."""
MAX_TABLES: Final = 10_000
QUERIES_AT_ONCE: Final = 2
EXPORTS_AT_ONCE: Final = 2
THREADS: Final = 8
SendFile: TypeAlias = Callable[[Path, bool], Awaitable[None]]
_PROCESS: Final = secrets.token_hex(4)


class _Key(NamedTuple):
    """The name of the newest version of a table among those of its computation, for the users who share it.

    Attributes:
        inputs: a digest of them.
    """

    inputs: bytes
    path: tuple[str | int, ...]
    owner: str


@dataclass(slots=True, eq=False)
class _Job:
    """A view that is being made or was made, and the number of callers that wait for it."""

    task: asyncio.Task[Any]
    waiting: int = 0


@dataclass(slots=True, eq=False)
class Table:
    """A version of a table, with the views of it that were asked for.

    Attributes:
        asked: the number of the latest request whose answer it was; see `Tables.next_request`.
        input_versions: the versions of the stored inputs that it is at least as new as, in their order.
        used: a number that is greater than that of every table that was used before.
    """

    frame: Frame
    serial: int
    asked: int = 0
    input_versions: tuple[int, ...] = ()
    jobs: OrderedDict[str, _Job] = field(default_factory=OrderedDict)
    used: int = 0

    @property
    def version(self) -> str:
        """The name of the version, which no other process gives to another one."""
        return version_name(self.serial)

    @property
    def is_whole(self) -> bool:
        """True if a tab gets all rows at once."""
        return not is_large(self.frame.data)


class Tables:
    """The newest version of each table that tabs show. Views are made in threads, and shared by equal queries."""

    def __init__(self) -> None:
        self._threads = Threads('dara-tables', THREADS)
        self._turns = asyncio.Semaphore(QUERIES_AT_ONCE)
        self._exports = asyncio.Semaphore(EXPORTS_AT_ONCE)
        self._tables: WeakKeyDictionary[Computation, dict[_Key, Table]] = WeakKeyDictionary()
        self._uses = itertools.count(1)
        self._requests = itertools.count(1)

    def next_request(self) -> int:
        """Return a number greater than those before, for a request that now begins to read its inputs.

        The result of a later request is that of newer inputs, even if it was computed earlier and kept since.
        """
        return next(self._requests)

    def find(
        self, computation: Computation, inputs: Sequence[Input], path: Sequence[str | int], identity: Identity
    ) -> Table | None:
        """Return the newest version that this user may see, if it is kept and not older than the inputs.

        Rights to the inputs are not checked.
        """
        tables = self._tables.get(computation, {})
        known = [tables[key] for key in _keys(inputs, path, identity) if key in tables]
        if not known:
            return None
        table = max(known, key=lambda each: each.asked)
        if any(asked > had for asked, had in zip(_versions(inputs), table.input_versions, strict=True)):
            return None  # another worker has shown the tab a change that no request here has asked for
        table.used = next(self._uses)
        return table

    async def keep(
        self,
        call: DeriveCall,
        inputs: Sequence[Input],
        path: Sequence[str | int],
        computed: Computed,
        value: Any,
        request: int,
    ) -> Table:
        """Keep the result of a request as the newest version of its table, unless a later request has another one.

        Raises what Frame does.
        """
        keys = _keys(inputs, path, computed.identity)
        key = keys[computed.visibility]
        tables = self._tables.setdefault(call.computation, {})
        known = tables.get(key)
        if any(tables[each].asked > request for each in keys if each in tables and each != key):
            return Table(await self._threads.run(_framed, value), computed.serial)  # newer rows are for other users
        if known is None or (known.serial != computed.serial and known.asked < request):
            made = Table(await self._threads.run(_framed, value), computed.serial)
            known = tables.get(key)  # which another call may have kept meanwhile
            if known is None or (known.serial != computed.serial and known.asked < request):
                known = tables[key] = made
        if known.serial == computed.serial:
            known.asked = max(known.asked, request)
            versions = _versions(inputs)
            known.input_versions = tuple(map(max, versions, known.input_versions or versions))
        for each in keys:  # also those before of more or fewer users: a result may come to depend on its user
            if each in tables and tables[each].asked < known.asked:
                del tables[each]
        known.used = next(self._uses)
        self._drop_oldest()
        return known

    async def window(self, table: Table, window: Window, send_file: SendFile) -> Encoded:
        """Return the rows of a window with the name of their version, and the columns if the tab has another one.

        Args:
            send_file: sends a file to the tab; with true, it is deleted afterwards.

        Raises:
            ResultTooLarge: the rows take too much memory.
        """
        frame, query = table.frame, window.query
        header: dict[str, Any] = {'version': table.version, 'total': frame.count}
        if window.version != table.version:
            header['columns'] = [[*column] for column in frame.display_columns]
        if window.export is not None:
            await self._export(table, query, window.export, send_file)
            return await self._threads.run(_encode, header, dict)
        if table.is_whole:
            return await self._threads.run(_encode, header, lambda: _whole(frame))
        if window.values_of is not None:
            values = await self._made(table, f'values of {window.values_of}', lambda: distinct(frame, window.values_of))
            return await self._threads.run(_encode, header, lambda: {'values': values})
        if query.group is not None and query.group.by in frame.kinds:
            return await self._grouped(table, window, header)
        view: View = await self._made(table, query.key, lambda: find(frame, query))
        rows = lambda: rows_between(frame, view, window.start, window.count)  # noqa: E731
        return await self._threads.run(_encode, header, rows)

    async def _export(self, table: Table, query: RowQuery, wanted: Export, send_file: SendFile) -> None:
        """Send a file with the rows that a query finds; those of open and closed groups alike."""
        frame, flat = table.frame, replace(query, group=None)
        view: View = await self._made(table, flat.key, lambda: find(frame, flat))

        cancelled = threading.Event()

        def write() -> Path:
            path = folder_of_file() / f'{wanted.name}.{wanted.format}'
            try:
                export(frame, view, wanted.columns, wanted.format, path, cancelled.is_set)
            except BaseException:
                delete_file(path)
                raise
            return path

        try:
            path = await in_turn(self._exports, self._threads, write)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        await send_file(path, True)

    async def _grouped(self, table: Table, window: Window, header: dict[str, Any]) -> Encoded:
        frame, query = table.frame, window.query
        grouping = query.group
        assert grouping is not None
        groups: Groups = await self._made(table, _of_groups(query).key, lambda: group(frame, query, grouping))
        views = {}
        for value in grouping.open:
            inner = within(query, grouping, value)
            views[value] = await self._made(table, inner.key, partial(find, frame, inner))
        return await self._threads.run(
            _encode, header, lambda: grouped_rows(frame, groups, grouping, views, window.start, window.count)
        )

    async def _made(self, table: Table, key: str, make: Callable[[], Any]) -> Any:
        """Return what `make` returns, once for all callers; it is not begun if no caller waits any more."""
        job = table.jobs.get(key)
        if job is None or (job.task.done() and (job.task.cancelled() or job.task.exception())):
            job = table.jobs[key] = _Job(asyncio.create_task(in_turn(self._turns, self._threads, make)))
        table.jobs.move_to_end(key)
        job.waiting += 1
        try:
            made = await asyncio.shield(job.task)
        finally:
            job.waiting -= 1
            if job.waiting == 0 and not job.task.done():
                job.task.cancel()
                del table.jobs[key]  # another caller must not join it
            _drop_views(table.jobs)
        return made

    def _drop_oldest(self) -> None:
        kept = [(table.used, tables, key) for tables in self._tables.values() for key, table in tables.items()]
        size, count = sum(tables[key].frame.size for _, tables, key in kept), len(kept)
        if size <= TABLE_BYTES and count <= MAX_TABLES:
            return
        for _, tables, key in sorted(kept, key=lambda each: each[0])[:-1]:
            if size <= TABLE_BYTES and count <= MAX_TABLES:
                return
            size -= tables.pop(key).frame.size
            count -= 1


async def in_turn(turns: asyncio.Semaphore, threads: Threads, make: Callable[[], T]) -> T:
    """Return what `make` returns. Its thread keeps its turn to the end, even if the caller is cancelled."""
    await turns.acquire()
    running = asyncio.ensure_future(threads.run(make))

    def end(done: asyncio.Future[T]) -> None:
        turns.release()
        if not done.cancelled():
            done.exception()  # which the log would otherwise have, if the caller is gone

    running.add_done_callback(end)
    return await asyncio.shield(running)


def version_name(serial: int) -> str:
    """Return the name of the version of a table that is the result of that number."""
    return f'{_PROCESS}-{serial}'


def native_part(value: Any, path: Sequence[str | int]) -> Any:
    """Return a part of a result, as the function of the app made it; `None` if there is no such part."""
    for step in path:
        is_list = isinstance(value, (list, tuple)) and isinstance(step, int)
        members = dict(enumerate(value)) if is_list else value
        if not isinstance(members, Mapping) or step not in members:
            return None
        value = members[step]
    return value


def _framed(value: Any) -> Frame:
    frame = Frame(value)
    _ = frame.size, frame.display_columns  # which take a while
    return frame


def _of_groups(query: RowQuery) -> RowQuery:
    """Return a query without the groups that are open, which do not change the groups."""
    assert query.group is not None
    return replace(query, group=replace(query.group, open=[]))


def _keys(inputs: Sequence[Input], path: Sequence[str | int], identity: Identity) -> list[_Key]:
    """Return the names of a table by visibility, for a user: equal ones for equal inputs.

    The versions of shared values are left out: the newest one counts.
    """
    encoded = orjson.dumps([_input_key(each) for each in inputs], option=orjson.OPT_SORT_KEYS)
    digest = blake2b(encoded, digest_size=32).digest()  # inputs may be large
    return [_Key(digest, tuple(path), owner_of(visibility, identity)) for visibility in Visibility]


def _versions(inputs: Sequence[Input]) -> tuple[int, ...]:
    """Return the versions of the stored values among inputs, and among theirs, in their order."""
    found: list[int] = []
    for each in inputs:
        match each:
            case StoreInput():
                found.append(each.version)
            case DerivedInput():
                found.extend(_versions(each.inputs))
    return tuple(found)


def _input_key(input: Input) -> Json:
    match input:
        case ValueInput(value):
            return {'value': value}
        case StoreInput(store, path, _, at):
            return [store, [*path], at]
        case DerivedInput(inputs, path):
            return {'inputs': [_input_key(each) for each in inputs], 'path': [*path]}


def _encode(header: dict[str, Any], rows: Callable[[], dict[str, Any]]) -> Encoded:
    """Encode an answer, which is compressed if its cells are large. Raises ResultTooLarge."""
    return Encoded.of([dumped({**header, **rows()})])


def _whole(frame: Frame) -> dict[str, Any]:
    rows = numbered([*range(frame.count)], frame.cells(slice(0, frame.count)))
    return {'whole': True, 'count': frame.count, 'found': frame.count, 'start': 0, 'rows': rows}


def _drop_views(jobs: OrderedDict[str, _Job]) -> None:
    for key in [key for key, job in jobs.items() if job.task.done() and not _is_made(job)]:
        del jobs[key]
    sizes = {key: getattr(job.task.result(), 'size', 0) for key, job in jobs.items() if _is_made(job)}
    size = sum(sizes.values())
    for key in [*sizes][:-LEAST_VIEWS]:
        if size <= VIEW_BYTES and len(sizes) <= MAX_VIEWS:
            return
        size -= sizes.pop(key)
        del jobs[key]


def _is_made(job: _Job) -> bool:
    return job.task.done() and not job.task.cancelled() and job.task.exception() is None
