"""Edits: the golden cases that the browser's twin also passes, and what must hold for any edits."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from dara.core import _json
from dara.core._edits import (
    ABSENT,
    Add,
    Copy,
    Move,
    Op,
    Ops,
    Remove,
    Replace,
    Test,
    Value,
    apply,
    at,
    compose,
    diff,
    dump_ops,
    effect,
    parse_keys,
    parse_ops,
    rebase,
)
from dara.core._json import Json, json_equal
from dara.core.errors import InvalidEdit, NotJson
from tests.documents import DEFAULT, edits, equal, one_op, paths, stored, values

Case = dict[str, Any]

GOLDEN = Path(__file__).parent.parent / 'golden'


def golden(name: str) -> pytest.MarkDecorator:
    """Run a test with each golden case of a file."""
    cases = json.loads((GOLDEN / f'{name}.json').read_text(encoding='utf-8'))
    return pytest.mark.parametrize('case', cases, ids=lambda case: case['name'])


def same_ops(ops: Ops, wire: Any) -> bool:
    return json_equal(dump_ops(ops), wire)


@golden('apply')
def test_an_edit_changes_what_it_says(case: Case) -> None:
    """What an edit makes of a value, or why it cannot."""
    value, ops = case.get('value', ABSENT), parse_ops(case['ops'])
    if 'error' not in case:
        assert equal(apply(value, ops, case.get('default')), case.get('result', ABSENT))
        return
    with pytest.raises(InvalidEdit) as caught:
        apply(value, ops, case.get('default'))
    assert str(caught.value) == case['error']


@golden('diff')
def test_a_difference_names_the_places_that_changed(case: Case) -> None:
    """Writing a whole value from Python touches only what is different in it."""
    before, after = case.get('before', ABSENT), case.get('after', ABSENT)
    assert same_ops(diff(before, after, parse_keys(case.get('keys', {}))), case['ops'])
    assert equal(apply(before, parse_ops(case['ops'])), after)


@golden('rebase')
def test_a_late_edit_keeps_its_place(case: Case) -> None:
    """What is left of an edit that meets another on the way, and what everybody then sees."""
    ops, over = parse_ops(case['ops']), parse_ops(case['over'])
    assert same_ops(rebase(ops, over, earlier=case.get('earlier', False), left=case.get('left')), case['rebased'])
    meanwhile = apply(case.get('value', ABSENT), over)
    assert equal(apply(meanwhile, parse_ops(case['rebased'])), case.get('result', ABSENT))


@golden('compose')
def test_edits_that_wait_leave_as_one(case: Case) -> None:
    """What is typed while an edit is on its way goes out together, and means the same."""
    value, default = case.get('value', ABSENT), case.get('default')
    first, then = parse_ops(case['first']), parse_ops(case['then'])
    assert same_ops(compose(first, then), case['composed'])
    assert equal(apply(value, compose(first, then), default), case.get('result', ABSENT))
    assert equal(apply(apply(value, first, default), then, default), case.get('result', ABSENT))


@settings(max_examples=600, deadline=None, derandomize=True)
@given(st.data(), stored, st.booleans())
def test_two_edits_at_once_end_in_one_value(data: st.DataObject, value: Value, left: bool) -> None:
    """Two people edit the same value at the same moment, and end up seeing the same."""
    first, second = data.draw(edits(value, arranging=False)), data.draw(edits(value, arranging=False))
    one = apply(apply(value, first, DEFAULT), rebase(second, first, left=left), DEFAULT)
    other = apply(apply(value, second, DEFAULT), rebase(first, second, earlier=True, left=not left), DEFAULT)
    assert equal(one, other)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.data(), st.permutations(range(5)), st.booleans())
def test_two_who_arrange_one_list_end_in_one_list(data: st.DataObject, items: list[int], left: bool) -> None:
    """They move, add, remove and change items at the same moment: nothing is lost or doubled, and both see the same."""
    first, second = data.draw(arrangements(items)), data.draw(arrangements(items))
    one = apply(apply(list(items), first), rebase(second, first, left=left))
    other = apply(apply(list(items), second), rebase(first, second, earlier=True, left=not left))
    assert one == other
    assert isinstance(one, list)
    assert len({*one}) == len(one)


@st.composite
def arrangements(draw: st.DrawFn, items: list[int]) -> Ops:
    value: Value = list(items)
    ops: list[Op] = []
    for _ in range(draw(st.integers(1, 3))):
        assert isinstance(value, list)
        last = len(value) - 1
        kind = draw(st.sampled_from(['add', 'move', 'move', 'remove'] if value else ['add']))
        if kind == 'add':
            ops.append(Add((draw(st.integers(0, last + 1)),), draw(st.uuids()).hex))
        elif kind == 'move':
            ops.append(Move((draw(st.integers(0, last)),), (draw(st.integers(0, last)),)))
        else:
            ops.append(Remove((draw(st.integers(0, last)),)))
        value = apply(value, ops[-1:])
    return tuple(ops)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data(), stored)
def test_a_rebased_edit_has_a_place_after_every_op(data: st.DataObject, value: Value) -> None:
    """However many edits have come in between, a late one never fails: it applies, op by op, or is dropped."""
    late = data.draw(edits(value, arranging=False))
    for _ in range(3):
        over = data.draw(edits(value, arranging=False))
        late, value = rebase(late, over), apply(value, over, DEFAULT)
        apply(value, late, DEFAULT)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data(), stored)
def test_what_an_edit_came_to_says_the_same(data: st.DataObject, value: Value) -> None:
    """S5: what everybody receives makes of their value what the edit made of the server's."""
    ops = data.draw(edits(value))
    after, effective = effect(value, ops, DEFAULT)
    assert equal(after, apply(value, ops, DEFAULT))
    assert equal(after, apply(value, effective, DEFAULT))
    assert not any(isinstance(op, Copy | Test) for op in effective)
    for op in effective:
        is_text_over_text = isinstance(op, Replace) and isinstance(op.value, str) and isinstance(value, str)
        assert not is_text_over_text or op.path


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data(), stored)
def test_a_rebased_edit_leaves_out_what_has_lost_its_place(data: st.DataObject, value: Value) -> None:
    """Moves out of what others have removed, and into it, included."""
    late, over = data.draw(edits(value)), data.draw(edits(value))
    _, happened = effect(value, over, DEFAULT)
    rebased = tuple(op for op in rebase(late, happened) if not isinstance(op, Test))
    effect(apply(value, happened, DEFAULT), rebased, DEFAULT, rebased=True)


def test_a_difference_costs_no_more_than_it_may() -> None:
    """S8: what has little in common is not compared for ever; the result is right all the same."""
    one = ''.join(chr(0x4E00 + i * 7 % 5000) for i in range(50_000))
    other = ''.join(chr(0x4E00 + i * 11 % 5000) for i in range(50_000))
    cases: list[tuple[Any, Any]] = [
        (one, other),
        (list(one[:5000]), list(other[:5000])),
        ([list(one[:99])] * 99, [list(other[:99])] * 99),
    ]
    for before, after in cases:
        assert apply(before, diff(before, after)) == after


@settings(max_examples=250, deadline=None, derandomize=True)
@given(st.data(), stored)
def test_composed_edits_mean_the_same(data: st.DataObject, value: Value) -> None:
    """Keystrokes that were gathered offline arrive as what they were, in fewer ops or as many."""
    first = data.draw(edits(value))
    between = apply(value, first, DEFAULT)
    then = data.draw(edits(between))
    together = compose(first, then)
    assert equal(apply(value, together, DEFAULT), apply(between, then, DEFAULT))
    assert len(together) <= len(first) + len(then)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(stored, stored)
def test_a_difference_turns_one_value_into_the_other(before: Value, after: Value) -> None:
    """A value written whole arrives whole; one that is already there goes to nobody."""
    ops = diff(before, after)
    assert equal(apply(before, ops, DEFAULT), after)
    assert bool(ops) is not equal(before, after)
    assert not diff(after, copy.deepcopy(after))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.data(), stored)
def test_an_edit_never_changes_what_somebody_holds(data: st.DataObject, value: Value) -> None:
    """A value that was read before an edit stays as it was read; so does the edit."""
    ops = data.draw(edits(value))
    read, ops_read = copy.deepcopy(value), copy.deepcopy(ops)
    apply(value, ops, DEFAULT)
    rebase(ops, ops)
    compose(ops, ops)
    assert repr(value) == repr(read)
    assert repr(ops) == repr(ops_read)
    assert repr(DEFAULT) == repr({'a': [0], 'b': {}})


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.data(), values)
def test_an_edit_copies_only_the_way_to_its_place(data: st.DataObject, value: Json) -> None:
    """One field of a large document changes at the cost of that field: the rest is shared."""
    op = data.draw(one_op(value, arranging=False))
    after = apply(value, [op])
    if after is ABSENT:
        reject()
    for path in paths(value):
        is_on_the_way = op.path[: len(path)] == path
        if not is_on_the_way and path[: len(op.path)] != op.path and not _moves(op, path):
            assert at(after, path) is at(value, path)


def _moves(op: Op, path: _json.Path) -> bool:
    """Whether `op` shifts the element that `path` goes through."""
    depth = len(op.path) - 1
    if isinstance(op, Replace) or depth < 0 or not isinstance(op.path[-1], int):
        return False
    return len(path) > depth and path[:depth] == op.path[:-1]


def test_elements_behind_an_insert_are_shared_too() -> None:
    """A long list grows by one item without a copy of the others."""
    before: list[Json] = [{'id': 1}, {'id': 2}]
    after = apply(before, [Add((1,), {'id': 3})])
    assert isinstance(after, list)
    assert after[0] is before[0]
    assert after[2] is before[1]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data(), values)
def test_ops_survive_the_wire(data: st.DataObject, value: Json) -> None:
    """What a tab sends is what the server reads."""
    ops = data.draw(edits(value))
    assert repr(parse_ops(json.loads(json.dumps(dump_ops(ops))))) == repr(ops)


@pytest.mark.parametrize(
    'wire',
    [
        None,
        {},
        'remove',
        ['remove'],
        [{}],
        [{'op': 'remove'}],
        [{'op': 'remove', 'path': '/a'}],
        [{'op': 'remove', 'path': [-1]}],
        [{'op': 'remove', 'path': [1.0]}],
        [{'op': 'remove', 'path': [True]}],
        [{'op': 'remove', 'path': [None]}],
        [{'op': 'replace', 'path': []}],
        [{'op': 'test', 'path': []}],
        [{'op': 'move', 'path': [0]}],
        [{'op': 'copy', 'from': '/a', 'path': [0]}],
        [{'op': 'splice', 'path': [], 'at': 0, 'delete': 0}],
        [{'op': 'splice', 'path': [], 'at': -1, 'delete': 0, 'insert': ''}],
        [{'op': 'splice', 'path': [], 'at': 0, 'delete': 1.5, 'insert': ''}],
        [{'op': 'splice', 'path': [], 'at': True, 'delete': 0, 'insert': ''}],
        [{'op': 'splice', 'path': [], 'at': 0, 'delete': 0, 'insert': 1}],
        [{'op': ['add'], 'path': [], 'value': 1}],
        [{'path': [], 'value': 1}],
    ],
    ids=json.dumps,
)
def test_what_is_not_an_edit_is_refused(wire: Any) -> None:
    """A tab that sends nonsense is told so."""
    with pytest.raises(InvalidEdit):
        parse_ops(wire)


@pytest.mark.parametrize(
    ('path', 'value'),
    [
        (['__proto__', 'x'], 1),
        (['a'], {'constructor': 1}),
        ([], float('nan')),
        ([], 2**53 + 1),
        ([], '\ud83d'),
        (['\0'], 1),
        (['a'] * 65, []),
        (['a'] * 60, [[[[[1]]]]]),
    ],
    ids=lambda each: ascii(each)[:30],
)
def test_an_edit_that_cannot_be_stored_is_refused(path: list[str], value: Any) -> None:
    """S9: what some browser or backend could not hold never gets into a value, at any place."""
    with pytest.raises(NotJson):
        parse_ops([{'op': 'add', 'path': path, 'value': value}])


@pytest.mark.parametrize(
    ('path', 'expected'),
    [
        ([], {'a': [None, {'b': 0}]}),
        (['a', 0], None),
        (['a', 1, 'b'], 0),
        (['a', 2], ABSENT),
        (['a', '0'], ABSENT),
        (['b'], ABSENT),
        (['a', 1, 'b', 'c'], ABSENT),
        ([0], ABSENT),
    ],
    ids=str,
)
def test_a_nested_value_is_read_where_it_is(path: list[str | int], expected: Value) -> None:
    """A nested variable shows the value at its path; null is a value, and a missing place is not."""
    assert equal(at({'a': [None, {'b': 0}]}, tuple(path)), expected)


def test_a_long_list_that_is_turned_around_is_right_though_it_is_told_as_removed_and_added() -> None:
    """S8: finding out who has moved past whom has its bounds, too."""
    before: list[Json] = [{'id': n, 'name': f'item {n}'} for n in range(2000)]
    after: list[Json] = [{'id': n, 'name': f'the item {n}'} for n in reversed(range(2000))]
    assert apply(before, diff(before, after, parse_keys({'': 'id'}))) == after
