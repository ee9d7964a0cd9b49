"""Tests of the effort of edits, writes and frames: it is bounded, and does not block the event loop.

No test asserts seconds: the unit is the time in which `json` reads and writes the same values.
"""

from __future__ import annotations

import asyncio
import copy
import json
import random
import string
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dara.core import _slices
from dara.core._edits import Applied, Ops, Replace, Splice, Value, apply, diff, effect, parse_keys, parse_ops
from dara.core._edits.effort import EFFORT, OP
from dara.core._json import json_equal, to_json
from dara.core._sync.protocol.decode import MalformedFrame, decode
from dara.core._sync.protocol.messages import EditMessage, Ping
from dara.core.errors import InvalidEdit, NotJson
from dara.core.persistence.changelog import Writer
from dara.core.persistence.edit import Committed, Edit
from dara.core.persistence.stores import BackendStore, bound
from tests.documents import DEFAULT, edits, stored

random.seed(3)
TAB = Writer('', 'tab', 'store')


def letters(count: int, alphabet: str = string.ascii_lowercase) -> str:
    return ''.join(random.choices(alphabet, k=count))


def replaced(path: list[str | int], value: Any) -> dict[str, Any]:
    return {'op': 'replace', 'path': path, 'value': value}


def times_json(work: Callable[[], object], value: Any) -> float:
    """Return the time of `work` in units of the time in which `json` writes and reads a value."""
    return processor_time(work) / processor_time(lambda: json.loads(json.dumps(value)))


def processor_time(work: Callable[[], object]) -> float:
    times = []
    for _ in range(3):
        began = time.thread_time()
        work()
        times.append(time.thread_time() - began)
    return min(times)


one, other = letters(220), letters(220)
edits_of_texts: dict[str, tuple[Any, Any]] = {
    'one text again and again': (one, [replaced([], (other, one)[i % 2]) for i in range(900)]),
    'many texts': ([letters(220) for _ in range(900)], [replaced([i], letters(220)) for i in range(900)]),
    'texts of two letters, which have much in common': (
        [letters(220, 'ab') for _ in range(900)],
        [replaced([i], letters(220, 'ab')) for i in range(900)],
    ),
}


@pytest.mark.parametrize('name', edits_of_texts)
def test_all_texts_of_an_edit_are_compared_with_one_effort(name: str) -> None:
    """An edit of 900 texts costs no more than one of a few, and has the right result."""
    value, wire = edits_of_texts[name]
    ops = parse_ops(wire)
    made, told = effect(value, ops)
    assert made == apply(value, ops) == apply(value, told)
    assert times_json(lambda: effect(value, ops), wire) < 300


numbers = list(range(100_000))
matrix = [[row * 1000 + column for column in range(1000)] for row in range(150)]
deep: list[Any] = [1] * 100_000
deeper: list[Any] = [1] * 99_999 + [2]
for _ in range(62):
    deep, deeper = [deep], [deeper]
rows: list[Any] = [{'id': i, 'name': letters(8), 'x': i} for i in range(5000)]
differences: dict[str, tuple[Any, Any]] = {
    'the last of each row of a matrix': (matrix, [[*row[:-1], -1] for row in matrix]),
    'all of a matrix': (matrix, [[-1 - number for number in row] for row in matrix]),
    'numbers in another order': (numbers, random.sample(numbers, len(numbers))),
    'a number in each row of a table': (rows, [{**row, 'x': -1} for row in rows]),
    'a table in another order': (rows, random.sample(rows, len(rows))),
    'all members of an object': ({str(i): i for i in numbers[:50_000]}, {str(i): -1 for i in numbers[:50_000]}),
    'what is nested as deep as it may': (deep, deeper),
    'empty lists': ([[] for _ in numbers], [{} for _ in numbers]),
    'ones, and a truth among them': ([1] * 100_000, [1] * 99_999 + [True]),
    'under a name of 50,000 letters': ({'k' * 50_000: numbers[:1000]}, {'k' * 50_000: numbers[1000:2000]}),
}


def words(count: int) -> str:
    return ' '.join(random.choices(vocabulary, k=count))


vocabulary = [letters(length) for length in range(2, 10) for _ in range(30)]
unlike_texts: dict[str, tuple[str, str]] = {
    '100 letters over one another': (letters(100, 'abcd'), letters(100, 'abcd')),
    '400 letters of two': (letters(400, 'ab'), letters(400, 'ab')),
    '1,000 letters of four': (letters(1000, 'abcd'), letters(1000, 'abcd')),
    '400 words of one vocabulary': (words(400), words(400)),
    '5,000 lines of a letter': ('\n'.join(letters(5000, 'abcd')), '\n'.join(letters(5000, 'abcd'))),
    'a short text over a long one': ('v' * 10_000, '0 x'),
}


@pytest.mark.parametrize('name', unlike_texts)
def test_texts_that_are_unlike_are_soon_found_to_be(name: str) -> None:
    """It takes about the time of reading their characters, and no search."""
    before, after = unlike_texts[name]
    ops = diff(before, after)
    assert apply(before, ops) == after
    assert len(ops) == 1
    assert times_json(lambda: diff(before, after), [*before, *after]) < 8


def test_a_number_and_a_text_of_each_row_are_changed_one_by_one() -> None:
    """No row is searched for, and the texts are not compared once enough of them were unlike."""
    before: Any = [{'id': i, 'name': f'row {i}', 'x': i * 1.5, 'note': words(6)} for i in range(1000)]
    after: Any = [{**row, 'x': -1, 'note': words(6)} for row in before]
    ops = diff(before, after)
    assert apply(before, ops) == after
    assert {op.path for op in ops} == {(i, name) for i in range(1000) for name in ('x', 'note')}
    assert times_json(lambda: diff(before, after), after) < 10


def test_a_text_that_changes_among_many_others_is_merged() -> None:
    """Texts that have much in common count less than those that have nothing."""
    before: Any = [words(12) for _ in range(100)]
    after: Any = [text.replace(' ', ', ', 2) for text in before]
    ops = diff(before, after)
    assert apply(before, ops) == after
    assert len(ops) == 200
    assert all(isinstance(op, Splice) and not op.delete for op in ops)


@pytest.mark.parametrize('name', differences)
@pytest.mark.parametrize('keys', [{}, {'': 'id'}], ids=['', 'with keys'])
def test_a_difference_is_bounded_for_any_nesting(name: str, keys: dict[str, str]) -> None:
    """S8: it takes a few times the time of reading the value, and is not larger than a few values."""
    before, after = differences[name]
    ops = diff(before, after, parse_keys(keys))
    assert json_equal(apply(before, ops), after)
    assert len(ops) <= EFFORT // OP
    assert sum(len(str(op.path)) for op in ops) < 2 * len(json.dumps(after)) + 100_000
    assert times_json(lambda: diff(before, after, parse_keys(keys)), after) < 15


def test_one_new_item_in_a_list_of_any_length_is_one_op() -> None:
    """Equal items at both ends cost next to nothing."""
    longer = [*rows[:2000], {'id': 'new'}, *copy.deepcopy(rows[2000:])]
    assert len(diff(rows, longer)) == len(diff(rows, longer, parse_keys({'': 'id'}))) == 1


heavy: dict[str, tuple[Any, Any]] = {
    'a thousand moves in a long list': (numbers, [{'op': 'move', 'from': [9000], 'path': [i]} for i in range(1000)]),
    'a thousand letters in a long text': (
        '😀' + 'x' * 1_000_000,
        [{'op': 'splice', 'path': [], 'at': i, 'delete': 0, 'insert': 'y'} for i in range(1000)],
    ),
}


@pytest.mark.parametrize('name', heavy)
async def test_a_decision_on_an_edit_does_not_block_the_event_loop(name: str) -> None:
    """No callback of the event loop takes as long as the whole edit."""
    value, wire = heavy[name]
    assert await longest_callback(value, parse_ops(wire)) < 0.6


async def test_a_long_rebase_does_not_block_the_event_loop() -> None:
    """The edit has an old base."""
    moves = [{'op': 'move', 'from': [i], 'path': [i + 7]} for i in range(60)]
    assert await longest_callback(list(range(200)), parse_ops(moves), over=parse_ops(moves[:50])) < 0.6


async def longest_callback(value: Any, ops: Ops, over: Ops = ()) -> float:
    """Return the longest callback's share of the time that it takes to commit an edit, with slices of a millisecond."""
    store = BackendStore()
    await store.write(value)
    record = await bound(store).open()
    epoch, base = record.epoch, record.version
    if over:
        other = Writer('', 'other', 'store')
        await record.edit(Edit(other, other.author, 1, epoch, base, over))
    with callbacks_timed() as times:
        outcome = await asyncio.create_task(record.edit(Edit(TAB, TAB.author, 1, epoch, base, ops)))
    assert isinstance(outcome, Committed)
    return max(times) / sum(times)


@contextmanager
def callbacks_timed() -> Iterator[list[float]]:
    """Record the processor time of each callback of the event loop."""
    times: list[float] = []
    run: Callable[[asyncio.Handle], None] = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        began = time.thread_time()
        run(handle)
        times.append(time.thread_time() - began)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio.Handle, '_run', timed)
        patch.setattr(_slices, 'SLICE_SECONDS', 0.001)
        yield times


@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.data(), stored)
def test_ops_of_one_edit_have_the_result_of_single_edits(data: st.DataObject, value: Value) -> None:
    """Later ops change values of the same edit in place, but neither the old value nor an op."""
    first = data.draw(edits(value))
    then = data.draw(edits(apply(value, first, DEFAULT)))
    ops, before = (*first, *then), copy.deepcopy((value, first, then))
    one_by_one = value
    for op in ops:
        one_by_one = effect(one_by_one, (op,), DEFAULT).value
    made, told = effect(value, ops, DEFAULT)
    assert as_they_are((value, first, then)) == as_they_are(before)
    assert as_they_are(made) == as_they_are(one_by_one)
    assert as_they_are(apply(value, told, DEFAULT)) == as_they_are(made)


def as_they_are(value: Any) -> str:
    """Return a value with the order of its elements, and not that of its members."""
    if isinstance(value, dict):
        return repr(sorted((name, as_they_are(member)) for name, member in value.items()))
    return f'[{",".join(map(as_they_are, value))}]' if isinstance(value, (list, tuple)) else repr(value)


def test_a_move_without_a_target_changes_nothing() -> None:
    """The item returns to its place, even if its container was changed in place."""
    ops = parse_ops(
        [
            {'op': 'add', 'path': ['a', 0], 'value': 'first'},
            {'op': 'move', 'from': ['a', 1], 'path': ['nowhere', 'at', 'all']},
            {'op': 'add', 'path': ['a', 2], 'value': 'last'},
        ]
    )
    value: Any = {'a': ['item']}
    assert effect(value, ops, rebased=True) == Applied({'a': ['first', 'item', 'last']}, (ops[0], ops[2]))
    with pytest.raises(InvalidEdit):
        effect(value, ops)
    assert value == {'a': ['item']}


def test_a_value_moved_to_the_root_is_published_as_it_was() -> None:
    """A later op of the same edit changes the value, and not the op before it."""
    ops = parse_ops(
        [
            {'op': 'add', 'path': ['a', 'b'], 'value': 1},
            {'op': 'move', 'from': ['a'], 'path': []},
            {'op': 'add', 'path': ['c'], 'value': 2},
        ]
    )
    made, told = effect({'a': {}}, ops)
    assert (made, told[1]) == ({'b': 1, 'c': 2}, Replace((), {'b': 1}))


long_values: dict[str, Any] = {
    'numbers': list(range(50_000)),
    'texts': ['a'] * 50_000,
    'rows': rows,
    'objects': {f'{i:x}': {'id': i} for i in range(20_000)},
}


@pytest.mark.parametrize('name', long_values)
def test_a_check_and_a_copy_of_a_value_cost_about_as_much_as_reading_it(name: str) -> None:
    """So does a comparison, and an error with the place of a value that cannot be stored."""
    value = long_values[name]
    assert to_json(value) == value
    assert to_json(value) is not value
    assert times_json(lambda: to_json(value), value) < 4
    assert times_json(lambda: json_equal(value, copy.copy(value)), value) < 4
    spoilt = {**value, 'x': ['a\0']} if isinstance(value, dict) else [*value, ['a\0']]
    with pytest.raises(NotJson, match='/x/0' if isinstance(value, dict) else f'/{len(value)}/0'):
        to_json(spoilt)


def call(inputs: list[Any]) -> str:
    return json.dumps({'type': 'call', 'id': 1, 'target': 't', 'inputs': inputs})


long_inputs: list[Any] = [
    {'value': ['x'] * 30_000, 'path': []},
    {'inputs': [{'inputs': [{'value': list(range(30_000))}], 'path': ['a', 1]}, {'value': None}], 'path': []},
    {'store': 's', 'path': [0], 'version': 1, 'value': ['x'] * 30_000},
]


def test_a_long_frame_costs_no_more_per_byte_than_a_short_one() -> None:
    """A value is not parsed once for each kind of input."""
    short = json.loads(json.dumps(long_inputs).replace(json.dumps(['x'] * 30_000), '"x"'))
    short[1]['inputs'][0]['inputs'][0]['value'] = [0]
    in_long, in_short = decode(call(long_inputs)), decode(call(short))
    assert str(in_long).replace(str(['x'] * 30_000), "'x'").replace(str(list(range(30_000))), '[0]') == str(in_short)
    edit = {'type': 'edit', 'channel': 1, 'store': 's', 'n': 1, 'epoch': 'e', 'base': 0, 'ops': [{'op': 'x' * 70_000}]}
    frame = json.dumps([edit, {'type': 'ping', 'i': 3}])
    assert decode(frame)[0] == EditMessage(**edit)  # type: ignore[arg-type]
    assert decode(frame)[1] == Ping('ping', 3)
    for nested in range(3):
        inputs: list[Any] = [{'value': [1] * 30_000}]
        for _ in range(nested * 10):
            inputs = [{'inputs': inputs, 'path': []}]
        assert times_json(lambda: decode(call(inputs)), inputs) < 10  # noqa: B023


@pytest.mark.parametrize(
    'frame',
    [
        '[' * 70_000,
        '[' + '[],' * 300_000 + '[]]',
        '[' + '1,' * 70_000 + '1]',
        '{"type":"ping","i":"' + 'x' * 70_000 + '"}',
        '{"type":"ping","i":1,"i":' + '1' * 70_000 + '}',
        json.dumps({'type': 'ping', 'i': 1})[:-1] + ',"client":[' + '1,' * 200_000 + '1]}',
        call([{'inputs': 'x' * 70_000, 'path': []}]),
        call([{'nothing': 'x' * 70_000}]),
        call(['x' * 70_000]),
    ],
    ids=range(9),
)
def test_a_long_frame_that_is_not_a_message_is_malformed(frame: str) -> None:
    """It ends the connection, and the reason is short for any content."""
    with pytest.raises(MalformedFrame) as caught:
        decode(frame)
    assert len(str(caught.value)) < 700
