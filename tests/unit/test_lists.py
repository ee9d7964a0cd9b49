"""Tests of the declarations of lists and conditions: errors say what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dara.components import Input, Text
from dara.core import DerivedVariable, For, Variable
from dara.core.errors import InvalidDefinition, InvalidProp

tasks = Variable([{'id': 1, 'done': False}])
task = tasks.list_item
show = Variable('all')


@pytest.mark.parametrize(
    ('use', 'advice'),
    [
        (lambda: f'Hello {show}', 'DerivedVariable(lambda value: f'),
        (lambda: f'{show:>3}', 'DerivedVariable(lambda value: f'),
        (lambda: show + 1, 'DerivedVariable(lambda value: value + 1'),
        (lambda: 'Hello ' + show, 'DerivedVariable'),
        (lambda: -show, 'DerivedVariable'),
        (lambda: int(show), 'DerivedVariable'),
        (lambda: sum([show]), 'DerivedVariable'),
        (lambda: len(show), 'DerivedVariable(len'),
        (lambda: [*show], 'For(variable'),
        (lambda: 'a' in show, 'DerivedVariable'),
        (lambda: (show == 'a') and (show == 'b'), '& for and'),
        (lambda: not show, '~ for not'),
        (lambda: show == 'a' & (show == 'b'), '(a == 1) & (b < 2)'),
        (lambda: show.__setitem__('a', 1), "variable.get('a').update("),
    ],
)
def test_a_variable_has_no_value_in_python(use: Callable[[], object], advice: str) -> None:
    with pytest.raises(InvalidDefinition, match=r'in the browser only|parentheses') as raised:
        use()
    assert advice in str(raised.value)


def test_a_condition_says_how_it_was_made() -> None:
    assert repr((show == 'open') & ~task.get('done')).count('<Condition') == 3
    assert repr(True | (show == 1)) == f'<Condition True | <Condition {show!r} == 1>>'


@pytest.mark.parametrize(
    ('props', 'reason'),
    [
        ({'order_by': task.get('day')}, 'takes a member of the items'),
        ({'order_by': ['-']}, 'takes a member of the items'),
        ({'order_by': 'day', 'reorderable': True}, 'Leave out order_by'),
        ({'reorderable': True}, 'needs key_accessor'),
        ({'where': True}, 'where: takes a condition such as'),
        ({'where': DerivedVariable(bool, [task])}, 'compute it for each item'),
        ({'where': (show == 'a') | DerivedVariable(bool, [task.get('done')])}, 'compute it for each item'),
        ({'where': DerivedVariable(bool, [show.get(task.get('id'))])}, 'compute it for each item'),
        ({'where': show.get(DerivedVariable(str, [task]))}, 'compute it for each item'),
        ({'order_by': show.get(task.get('id'))}, 'the same for all items'),
        ({'virtualization': {'direction': 'up'}}, 'virtualization'),
    ],
)
def test_a_list_that_cannot_be(props: dict[str, Any], reason: str) -> None:
    with pytest.raises((InvalidDefinition, InvalidProp)) as raised:
        For(tasks, renderer=Text('task'), **props)
    assert reason in str(raised.value)


def test_a_variable_names_the_order_among_several() -> None:
    order = Variable({'all': '-day'}).get(show)
    assert For(tasks, renderer=Text('task'), order_by=order).order_by is order


def test_a_computed_list_is_read_only(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody finds that out by trying."""
    few: DerivedVariable[Any] = DerivedVariable(lambda everything: everything[:1], [tasks])
    with pytest.raises(InvalidDefinition, match='is computed, so its items cannot be moved'):
        For(few, renderer=Text('task'), key_accessor='id', reorderable=True)
    For(few, renderer=Text(few.list_item.get('title')))
    assert not caplog.records
    For(few, renderer=Input(value=few.list_item.get('title')))
    assert 'use where= and order_by=' in caplog.text
