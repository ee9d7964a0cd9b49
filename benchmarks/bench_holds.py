"""Longest hold: the longest callback of the event loop, for edits, writes and frames within the limits.

The cases include edits in good faith and malicious ones. The record and the wire run in this process as the server runs
them, and every callback of the loop is timed. The garbage collector stays enabled, so a collection counts as well.
"""

from __future__ import annotations

import asyncio
import random
import string
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson

from benchmarks.figures import Figure, Target
from benchmarks.options import Options
from dara.core._edits import parse_ops
from dara.core._slices import Slices
from dara.core._sync.protocol.decode import decode_steps
from dara.core._sync.protocol.messages import EditMessage
from dara.core.errors import DaraError
from dara.core.persistence.changelog import Writer
from dara.core.persistence.edit import Edit, Rejected
from dara.core.persistence.file import FileBackend
from dara.core.persistence.stores import BackendStore, bound

TARGET: Final = Target(50)
TEXT_TARGET: Final = Target(1)
TABLE_TARGET: Final = Target(5)
TAB: Final = Writer('', 'benchmark', 'store')
Json = Any
Case = Callable[[], Awaitable[Callable[[], Awaitable[None]]]]
"""A function that prepares a case, and returns the function to measure."""


def run(options: Options) -> Iterator[Figure]:
    """Yield the longest hold of each case, in processor time: the best of several runs."""
    random.seed(1)
    for subject, cases in _subjects().items():
        for name, case in cases.items():
            held = min(asyncio.run(_longest_hold(case)) for _ in range(1 if options.quick else 5))
            yield Figure(f'longest hold: {subject}', name, 'ms', 'dara', held * 1000, _target(name))


def _target(name: str) -> Target:
    if ' over ' in name and name.startswith('a text'):
        return TEXT_TARGET
    return TABLE_TARGET if name.startswith('a table of 1,000 rows') else TARGET


async def _longest_hold(case: Case) -> float:
    measured = await case()
    await asyncio.sleep(0)
    with _watched() as holds:
        await asyncio.create_task(measured())  # type: ignore[arg-type]
    return max(holds)


@contextmanager
def _watched() -> Iterator[list[float]]:
    """Record the processor time of each callback of the event loop."""
    holds: list[float] = []
    run_callback: Callable[[asyncio.Handle], None] = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        began = time.thread_time()
        run_callback(handle)
        holds.append(time.thread_time() - began)

    setattr(asyncio.Handle, '_run', timed)  # noqa: B010  # a method, as mypy sees it
    try:
        yield holds
    finally:
        setattr(asyncio.Handle, '_run', run_callback)  # noqa: B010


def _subjects() -> dict[str, dict[str, Case]]:
    return {'an edit of a tab': _edits(), 'a write of the server': _writes(), 'a frame': _frames()}


def _edits() -> dict[str, Case]:
    text, other = _letters(220), _letters(220)
    numbers = list(range(145_000))
    names = {f'{i:x}': i for i in range(75_000)}
    lists: list[Json] = [[] for _ in range(80_000)]
    long = 'x' * 1_000_000
    near = [*numbers[:-1], -1]
    return {
        'a letter in a text of 1 MB': _edit(long, [_splice([], 500_000, 'y')]),
        'a number in a table of 5,000 rows': _edit(_table(5000), [_replace([2500, 'x'], 1)]),
        'a text of 400 letters over another': _edit(_letters(400), [_replace([], _letters(400))]),
        'a text of 10,000 letters over another': _edit(_letters(10_000), [_replace([], _letters(10_000))]),
        'a text of 10,000 letters of words over another': _edit(_prose(), [_replace([], _prose())]),
        'a text of 3 letters over one of 200': _edit('v' * 200, [_replace([], '0 x')]),
        '900 times one text of 220 letters over another': _edit(
            text, [_replace([], (text, other)[i % 2]) for i in range(1, 901)]
        ),
        '900 texts of 220 words over others': _edit(
            [_words(30) for _ in range(900)], [_replace([i], _words(30)) for i in range(900)]
        ),
        '1,000 moves in 145,000 numbers': _edit(numbers, [_move([144_000], [i]) for i in range(1000)]),
        '1,000 numbers into 145,000': _edit(numbers, [_add([0], i) for i in range(1000)]),
        '1,000 members of 75,000': _edit(names, [_replace([f'{i:x}'], -1) for i in range(1000)]),
        '1,000 letters into a text of 1 MB': _edit(long, [_splice([], 2 * i, 'y') for i in range(1000)]),
        '1,000 letters into a text of 1 MB, with emoji': _edit(
            '😀' + long[:-9], [_splice([], 2 * i, 'y') for i in range(1000)]
        ),
        '80,000 lists over as many objects': _edit([{} for _ in lists], [_replace([], lists)]),
        'a test of 36,000 numbers, the last another': _edit(numbers[:36_000], [_test([], near[:36_000])]),
        'copies of 1 KB, a thousand times': _edit([_letters(1000)], [_copy([0], [0])] * 1000),
        '1,000 splices, 1,000 of another missed': _edit_past(
            'x' * 10_000, [_splice([], i, 'a') for i in range(50)], [[_splice([], i, 'b')] for i in range(1000)]
        ),
        '50 moves, 1,000 of another missed': _edit_past(
            list(range(2000)), [_move([i], [0]) for i in range(3)], [[_move([i], [5])] for i in range(1000)]
        ),
        'deletions of 220, among 220 insertions missed': _edit_past(
            'x' * 100_000,
            [_splice([], i, '', 400) for i in range(220)],
            [[_splice([], 2 * i, 'b') for i in range(220)]],
        ),
    }


def _writes() -> dict[str, Case]:
    table = _table(1000)
    numbers = list(range(145_000))
    shuffled = random.sample(numbers, len(numbers))
    deep: Json = [1] * 500_000
    deeper: Json = [1] * 499_999 + [2]
    for _ in range(62):
        deep, deeper = [deep], [deeper]
    items = [{'id': i} for i in range(35_000)]
    return {
        'a text over another, 400 letters': _write(_letters(400), _letters(400)),
        'a text over another, 10,000 letters': _write(_letters(10_000), _letters(10_000)),
        'a text over another, 400 letters of two': _write(_letters(400, 'ab'), _letters(400, 'ab')),
        'a text over another, 10,000 letters of words': _write(_prose(), _prose()),
        'a table of 1,000 rows, a number of each': _write(table, [{**row, 'x': -1} for row in table]),
        'a table of 1,000 rows, a number and a text of each': _write(
            table, [{**row, 'x': -1, 'note': _letters(12)} for row in table]
        ),
        'a table of 1,000 rows, a number and a line of words of each': _write(
            lines := [{**row, 'note': _words(8)} for row in table],
            [{**row, 'x': -1, 'note': _words(8)} for row in lines],
        ),
        'a table of 5,000 rows, a number and a text of each': _write(
            big := _table(5000), [{**row, 'x': -1, 'note': _letters(12)} for row in big]
        ),
        'a table of 12,000 rows, one of them': _write(
            large := _table(12_000), [*large[:7000], {**large[7000], 'x': -1}, *large[7001:]]
        ),
        'a table of 12,000 rows, in another order': _write(large, random.sample(large, len(large))),
        'a matrix of 200 x 1,000, the last of each row': _write(*_matrices(200, 1000)),
        'a matrix of 600 x 300, the last of each row': _write(*_matrices(600, 300)),
        'a matrix of 250 x 200 random numbers': _write(_random_matrix(250, 200), _random_matrix(250, 200)),
        'a matrix of 400 x 1,000 digits': _write(_digits(400, 1000), _digits(400, 1000)),
        '145,000 numbers, shuffled': _write(numbers, shuffled),
        '500,000 ones, then zeros': _write([1] * 500_000, [0] * 500_000),
        '250,000 ones, then as floats but one': _write([1] * 250_000, [1.0] * 249_999 + [2]),
        '200,000 ones, the last then true': _write([1] * 200_000, [1] * 199_999 + [True]),
        '200,000 booleans and ones, the last two exchanged': _write(
            [*([1, True] * 99_999), 1, True], [*([1, True] * 99_999), True, 1]
        ),
        '75,000 members, all of them': _write(
            {f'{i:x}': i for i in range(75_000)}, {f'{i:x}': -i for i in range(75_000)}
        ),
        '340,000 empty lists, then objects': _write([[] for _ in range(340_000)], [{} for _ in range(340_000)]),
        '500,000 numbers, 63 levels deep': _write(deep, deeper),
        '35,000 items with keys, as many new before them': _write(
            items, [*({'id': -1 - i} for i in range(35_000)), *items], keys={'': 'id'}
        ),
        '1 MB, read': _read([random.random() for _ in range(50_000)]),
        'one of 50,000 keys in a file': _with_file(50_000, lambda store, _: store.at('key 7').write('y')),
        'one of 50,000 keys in a file, changed by another program': _with_file(50_000, _write_after_another_program),
        'all of 50,000 keys in a file, read': _with_file(50_000, _read_all),
    }


def _frames() -> dict[str, Case]:
    call = '{"type":"call","id":1,"target":"t","inputs":[%s]}'
    value = '{"value":[' + '1,' * 1_000_000 + '1]}'
    return {
        '2 MB of ones as an edit': _frame(_edit_frame('1')),
        '250,000 lists as an edit': _frame(_edit_frame('[]', 249_000)),
        '2 MB of ones as an input': _frame(call % value),
        '2 MB of ones as an input of an input of an input': _frame(
            call % ('{"inputs":[' * 2 + value + '],"path":[]}' * 2)
        ),
        '2 MB of pings': _frame(f'[{",".join(["{}"] * 90_000)}]'.replace('{}', '{"type":"ping","i":1}')),
    }


def _edit(value: Json, ops: list[Json]) -> Case:
    """Return a case that decodes and commits an edit."""
    return _edit_past(value, ops, [])


def _edit_past(value: Json, ops: list[Json], missed: list[list[Json]]) -> Case:
    """Return a case that commits an edit whose tab has missed the edits in `missed`."""

    async def prepare() -> Callable[[], Awaitable[None]]:
        store = BackendStore()
        await store.write(value)
        record = await bound(store).open()
        epoch, base = record.epoch, record.version
        author = TAB.author
        for each in missed:
            other = Writer('', 'other', 'store')
            last = record.receipt(other, None)
            n = last.n + 1 if last else 1
            await record.edit(Edit(other, other.author, n, epoch, record.version, parse_ops(each)))
        message = {'type': 'edit', 'channel': 1, 'store': 's', 'n': 1, 'epoch': epoch, 'base': base, 'ops': ops}
        frame = orjson.dumps(message).decode()

        async def measured() -> None:
            said = (await Slices().run(decode_steps(frame)))[0]
            assert isinstance(said, EditMessage)
            outcome = await record.edit(Edit(TAB, author, said.n, said.epoch, said.base, parse_ops(said.ops)))
            assert not isinstance(outcome, Rejected), outcome

        return measured

    return prepare


def _write(before: Json, after: Json, keys: dict[str, str] | None = None) -> Case:
    async def prepare() -> Callable[[], Awaitable[None]]:
        store = BackendStore(keys=keys)
        await store.write(before)
        return lambda: store.write(after)

    return prepare


def _with_file(keys: int, work: Callable[[BackendStore, Path], Awaitable[None]]) -> Case:
    """Use a store with that many keys in its file."""

    async def prepare() -> Callable[[], Awaitable[None]]:
        path = Path(tempfile.mkdtemp(prefix='dara-benchmark-')) / 'values.json'
        path.write_bytes(orjson.dumps({f'key {i}': {'note': _letters(180), 'at': [i]} for i in range(keys)}))
        store = BackendStore(FileBackend(path=str(path)), scope='user')
        await store.at('key 7').write('x')
        return lambda: work(store, path)

    return prepare


async def _write_after_another_program(store: BackendStore, path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"at"', b'"of"'))
    await store.at('key 7').write('y')


async def _read_all(store: BackendStore, _: Path) -> None:
    await store.get_all()


def _read(value: Json) -> Case:
    async def prepare() -> Callable[[], Awaitable[None]]:
        store = BackendStore()
        await store.write(value)
        return store.read

    return prepare


def _frame(text: str) -> Case:
    async def prepare() -> Callable[[], Awaitable[None]]:
        async def measured() -> None:
            try:
                await Slices().run(decode_steps(text))
            except DaraError:
                return

        return measured

    return prepare


def _edit_frame(element: str, count: int = 1_000_000) -> str:
    ops = ','.join([element] * count)
    return f'{{"type":"edit","channel":1,"store":"s","n":1,"epoch":"e","base":0,"ops":[{ops}]}}'


def _letters(count: int, alphabet: str = string.ascii_lowercase) -> str:
    return ''.join(random.choices(alphabet, k=count))


VOCABULARY: Final = [_letters(2 + i % 8) for i in range(300)]


def _words(count: int) -> str:
    return ' '.join(random.choices(VOCABULARY, k=count))


def _prose() -> str:
    return _words(1700)[:10_000]


def _table(rows: int) -> list[Json]:
    return [{'id': i, 'name': f'row {i}', 'x': i * 1.5, 'note': _letters(12)} for i in range(rows)]


def _matrices(rows: int, columns: int) -> tuple[Json, Json]:
    matrix = [[row * 7 + column for column in range(columns)] for row in range(rows)]
    return matrix, [[*row[:-1], -1] for row in matrix]


def _random_matrix(rows: int, columns: int) -> Json:
    return [[round(random.random(), 9) for _ in range(columns)] for _ in range(rows)]


def _digits(rows: int, columns: int) -> Json:
    return [random.choices(range(10), k=columns) for _ in range(rows)]


def _replace(path: list[Json], value: Json) -> Json:
    return {'op': 'replace', 'path': path, 'value': value}


def _add(path: list[Json], value: Json) -> Json:
    return {'op': 'add', 'path': path, 'value': value}


def _test(path: list[Json], value: Json) -> Json:
    return {'op': 'test', 'path': path, 'value': value}


def _move(source: list[Json], path: list[Json]) -> Json:
    return {'op': 'move', 'from': source, 'path': path}


def _copy(source: list[Json], path: list[Json]) -> Json:
    return {'op': 'copy', 'from': source, 'path': path}


def _splice(path: list[Json], at: int, insert: str, delete: int = 0) -> Json:
    return {'op': 'splice', 'path': path, 'at': at, 'delete': delete, 'insert': insert}
