"""Tests of edits: the golden cases that the client also passes, and properties of any edits."""

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
    Splice,
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
def test_an_edit_of_a_value_has_the_golden_result(case: Case) -> None:
    """The result is a value or an error."""
    value, ops = case.get('value', ABSENT), parse_ops(case['ops'])
    if 'error' not in case:
        assert equal(apply(value, ops, case.get('default')), case.get('result', ABSENT))
        return
    with pytest.raises(InvalidEdit) as caught:
        apply(value, ops, case.get('default'))
    assert str(caught.value) == case['error']


@golden('diff')
def test_a_difference_contains_only_the_changed_places(case: Case) -> None:
    """A write of a whole value from Python changes only the parts that differ."""
    before, after = case.get('before', ABSENT), case.get('after', ABSENT)
    assert same_ops(diff(before, after, parse_keys(case.get('keys', {}))), case['ops'])
    assert equal(apply(before, parse_ops(case['ops'])), after)


@golden('rebase')
def test_a_late_edit_keeps_its_place(case: Case) -> None:
    """The rebased edit and the final value are those of the golden case."""
    ops, over = parse_ops(case['ops']), parse_ops(case['over'])
    assert same_ops(rebase(ops, over, earlier=case.get('earlier', False), left=case.get('left')), case['rebased'])
    meanwhile = apply(case.get('value', ABSENT), over)
    assert equal(apply(meanwhile, parse_ops(case['rebased'])), case.get('result', ABSENT))


@golden('compose')
def test_waiting_edits_are_composed_into_one(case: Case) -> None:
    """Edits that are made while another one is in flight are sent together, with the same result."""
    value, default = case.get('value', ABSENT), case.get('default')
    first, then = parse_ops(case['first']), parse_ops(case['then'])
    assert same_ops(compose(first, then), case['composed'])
    assert equal(apply(value, compose(first, then), default), case.get('result', ABSENT))
    assert equal(apply(apply(value, first, default), then, default), case.get('result', ABSENT))


@settings(max_examples=600, deadline=None, derandomize=True)
@given(st.data(), stored, st.booleans())
def test_two_concurrent_edits_converge(data: st.DataObject, value: Value, left: bool) -> None:
    """Two people edit the same value at the same moment, and see the same value in the end."""
    first, second = data.draw(edits(value, arranging=False)), data.draw(edits(value, arranging=False))
    one = apply(apply(value, first, DEFAULT), rebase(second, first, left=left), DEFAULT)
    other = apply(apply(value, second, DEFAULT), rebase(first, second, earlier=True, left=not left), DEFAULT)
    assert equal(one, other)


def test_text_that_is_inserted_inside_a_concurrent_deletion_stays() -> None:
    insertion, deletion = (Splice((), 3, 0, 'new'),), (Splice((), 1, 4, ''),)
    assert apply(apply('abcdef', deletion), rebase(insertion, deletion)) == 'anewf'
    assert apply(apply('abcdef', insertion), rebase(deletion, insertion, earlier=True)) == 'anewf'


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.data(), st.permutations(range(5)), st.booleans())
def test_two_users_who_rearrange_one_list_converge(data: st.DataObject, items: list[int], left: bool) -> None:
    """They rearrange and change items at the same moment: nothing is lost or doubled, and both see the same value."""
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
def test_a_rebased_edit_applies_after_any_ops(data: st.DataObject, value: Value) -> None:
    """After any number of other edits, a late one never fails: each op applies or is dropped."""
    late = data.draw(edits(value, arranging=False))
    for _ in range(3):
        over = data.draw(edits(value, arranging=False))
        late, value = rebase(late, over), apply(value, over, DEFAULT)
        apply(value, late, DEFAULT)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data(), stored)
def test_the_effective_ops_of_an_edit_have_the_same_result(data: st.DataObject, value: Value) -> None:
    """S5: the ops that all tabs receive have the same result as the edit had in the server."""
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
def test_a_rebased_edit_omits_ops_that_have_lost_their_place(data: st.DataObject, value: Value) -> None:
    """Moves out of removed parts, and into them, are included."""
    late, over = data.draw(edits(value)), data.draw(edits(value))
    _, happened = effect(value, over, DEFAULT)
    rebased = tuple(op for op in rebase(late, happened) if not isinstance(op, Test))
    effect(apply(value, happened, DEFAULT), rebased, DEFAULT, rebased=True)


def test_the_effort_of_a_difference_is_bounded() -> None:
    """S8: values with little in common are not compared completely, but the result is right."""
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
def test_composed_edits_have_the_same_result(data: st.DataObject, value: Value) -> None:
    """Keystrokes that were gathered offline have the same result in as many ops or fewer."""
    first = data.draw(edits(value))
    between = apply(value, first, DEFAULT)
    then = data.draw(edits(between))
    together = compose(first, then)
    assert equal(apply(value, together, DEFAULT), apply(between, then, DEFAULT))
    assert len(together) <= len(first) + len(then)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(stored, stored)
def test_a_difference_turns_one_value_into_the_other(before: Value, after: Value) -> None:
    """The difference of a value to itself is empty."""
    ops = diff(before, after)
    assert equal(apply(before, ops, DEFAULT), after)
    assert bool(ops) is not equal(before, after)
    assert not diff(after, copy.deepcopy(after))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.data(), stored)
def test_an_edit_never_changes_a_value_in_place(data: st.DataObject, value: Value) -> None:
    """A value that was read before the edit stays as it was; so does the edit."""
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
def test_an_edit_copies_only_the_path_to_its_place(data: st.DataObject, value: Json) -> None:
    """A change of one member of a large document shares all others."""
    op = data.draw(one_op(value, arranging=False))
    after = apply(value, [op])
    if after is ABSENT:
        reject()
    for path in paths(value):
        is_on_the_way = op.path[: len(path)] == path
        if not is_on_the_way and path[: len(op.path)] != op.path and not _moves(op, path):
            assert at(after, path) is at(value, path)


def _moves(op: Op, path: _json.Path) -> bool:
    """Return whether `op` shifts the element that `path` goes through."""
    depth = len(op.path) - 1
    if isinstance(op, Replace) or depth < 0 or not isinstance(op.path[-1], int):
        return False
    return len(path) > depth and path[:depth] == op.path[:-1]


def test_elements_after_an_insertion_are_shared() -> None:
    """A long list gets one more item without a copy of the others."""
    before: list[Json] = [{'id': 1}, {'id': 2}]
    after = apply(before, [Add((1,), {'id': 3})])
    assert isinstance(after, list)
    assert after[0] is before[0]
    assert after[2] is before[1]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data(), values)
def test_ops_survive_the_wire(data: st.DataObject, value: Json) -> None:
    """The server reads the ops that the tab has sent."""
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
def test_malformed_ops_are_rejected(wire: Any) -> None:
    """The error has a reason."""
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
def test_an_edit_that_cannot_be_stored_is_rejected(path: list[str], value: Any) -> None:
    """S9: values that some browser or backend cannot hold are rejected at any place."""
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
def test_a_nested_value_is_read_at_its_path(path: list[str | int], expected: Value) -> None:
    """Null is a value; a missing place has none."""
    assert equal(at({'a': [None, {'b': 0}]}, tuple(path)), expected)


def test_the_difference_of_a_long_reversed_list_is_right() -> None:
    """S8: the effort of finding the moves is bounded, so it may consist of removals and additions."""
    before: list[Json] = [{'id': n, 'name': f'item {n}'} for n in range(2000)]
    after: list[Json] = [{'id': n, 'name': f'the item {n}'} for n in reversed(range(2000))]
    assert apply(before, diff(before, after, parse_keys({'': 'id'}))) == after
