"""Variables as documented: keys that are variables, polling, states, and the arguments of their constructors."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from dara.core import Condition, DerivedVariable, SwitchVariable, Variable, py_component
from dara.core.errors import DaraError, InvalidDefinition
from dara.core.persistence import BackendStore, BrowserStore
from tests.browser.conftest import OpenTab
from tests.conftest import Serve

WRONG: list[Any] = [None]
SEVERAL = re.compile(r'([3-9]|\d\d+)$')


async def expect_value(tab: Page, id: str, value: Any) -> None:
    """Wait until a Text shows a value as JSON."""
    await tab.wait_for_function(
        """([id, text]) => {
            const sorted = (value) => value && typeof value === 'object' && !Array.isArray(value)
                ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])])) : value
            try { return JSON.stringify(sorted(JSON.parse(document.getElementById(id).innerText))) === text }
            catch { return false }
        }""",
        arg=[id, json.dumps(value, sort_keys=True, separators=(',', ':'))],
    )


async def press(tab: Page, name: str, index: int = 0) -> None:
    await tab.get_by_role('button', name=name, exact=True).nth(index).click()


async def test_a_key_may_be_an_item_of_a_list(serve: Serve, open_tab: OpenTab) -> None:
    tab = await open_tab(serve('compat_keyed').url)
    fields = tab.get_by_label('note', exact=True)
    await expect(fields.nth(0)).to_have_value('first')
    await expect(fields.nth(1)).to_have_value('')
    await expect(tab.get_by_text('is first')).to_have_count(1)
    await expect(tab.locator('#shown')).to_have_text('shown first of rank 1')
    await expect(tab.locator('#rank')).to_have_text(['1', '2'])
    await fields.nth(1).fill('second')
    await expect_value(tab, 'notes', {'a': {'text': 'first', 'done': False}, 'b': {'text': 'second'}})
    await expect(tab.get_by_text('6', exact=True)).to_have_count(1)
    await fields.nth(0).fill('changed')
    await expect(tab.get_by_text('is first')).to_have_count(0)
    await expect(tab.locator('#shown')).to_have_text('shown changed of rank 1')


async def test_an_input_writes_to_a_store_through_an_items_key(serve: Serve, open_tab: OpenTab) -> None:
    url = serve('compat_keyed').url
    ann, ben = await open_tab(url), await open_tab(url)
    await ann.get_by_label('shared', exact=True).nth(1).fill('of b')
    await expect(ben.get_by_label('shared', exact=True).nth(1)).to_have_value('of b')
    await expect_value(ben, 'store', {'a': 'common', 'b': 'of b'})


async def test_actions_and_conditions_follow_an_items_key(serve: Serve, open_tab: OpenTab) -> None:
    tab = await open_tab(serve('compat_keyed').url)
    await press(tab, 'Toggle', 1)
    await press(tab, 'Set', 1)
    await expect_value(tab, 'notes', {'a': {'text': 'first', 'done': False}, 'b': {'text': 'set', 'done': True}})
    await expect(tab.get_by_text('done', exact=True)).to_have_count(1)
    await press(tab, 'Tell', 0)
    await expect(tab.locator('#told')).to_have_text('first and common')
    await press(tab, 'Tell', 1)
    await expect(tab.locator('#told')).to_have_text('set and None')


async def test_a_key_may_be_an_item_of_a_for_in_a_for(serve: Serve, open_tab: OpenTab) -> None:
    tab = await open_tab(serve('compat_keyed').url)
    tags = tab.get_by_label('tag', exact=True)
    await expect(tags).to_have_count(3)
    await tags.nth(1).fill('why')
    await tags.nth(2).fill('ex')
    await expect_value(
        tab, 'notes', {'a': {'text': 'first', 'done': False, 'tags': {'y': 'why'}}, 'b': {'tags': {'x': 'ex'}}}
    )


async def test_a_view_follows_its_key(serve: Serve, open_tab: OpenTab) -> None:
    """It has no value, and cannot be changed, while its key has none; a number is an index of a list."""
    tab = await open_tab(serve('compat_keyed').url)
    row = tab.locator('#row')
    await row.fill('nowhere')
    await expect(tab.get_by_text('This value belongs to nothing yet')).to_be_visible()
    await press(tab, 'Choose')
    await expect(row).to_have_value('one')
    await row.fill('ONE')
    await expect_value(tab, 'rows', ['zero', 'ONE', 'two'])
    await press(tab, 'Rename')
    await expect(tab.locator('#shown')).to_have_text('shown None of rank None')
    await expect(tab.get_by_label('note', exact=True).nth(0)).to_have_value('')


MOVING = """
from dara.components import *
from dara.core import *
from dara.core.persistence import BackendStore

items = Variable([{'id': 'a'}, {'id': 'b'}], store=BackendStore(uid='items'))
notes = Variable({}, store=BackendStore(uid='notes'))

@action
async def insert(ctx: ActionCtx):
    await items.modify(lambda them: [{'id': f'new{len(them)}'}, *them])

config = ConfigurationBuilder()
config.add_page('Page', content=Stack(
    For(items, key_accessor='id', renderer=Stack(
        Input(value=notes.get(items.list_item['id']), label='note'),
        Textarea(value=notes.get(items.list_item['id']), label='more'),
    )),
    Button('Insert', onclick=insert()),
    Text(notes, id_='notes'),
))
"""


async def test_what_one_types_stays_with_its_key_while_others_move_the_item(serve: Serve, open_tab: OpenTab) -> None:
    url = serve(MOVING).url
    ann, ben = await open_tab(url), await open_tab(url)
    text = 'what ann has typed meanwhile'
    await ann.get_by_label('note').nth(1).focus()
    for index, letter in enumerate(text):
        await ann.keyboard.type(letter)
        if index in (5, 12, 20):
            await press(ben, 'Insert')
    await expect(ann.get_by_label('note').nth(4)).to_have_value(text)
    await expect(ann.get_by_label('note').nth(4)).to_be_focused()
    await expect_value(ben, 'notes', {'b': text})
    await ben.get_by_label('more').nth(3).fill('of a')
    await expect(ann.get_by_label('note').nth(3)).to_have_value('of a')
    await expect_value(ann, 'notes', {'a': 'of a', 'b': text})


POLLING = """
from dara.components import *
from dara.core import *

every = Variable(None)
runs = {'value': 0, 'part': 0}

def count(name):
    runs[name] += 1
    return runs[name]

@py_component(polling_interval=every)
def part():
    return Text(f'part {count("part")}', id_='part')

value = DerivedVariable(lambda: count('value'), variables=[], polling_interval=SwitchVariable.when(every, 0.2, None))
config = ConfigurationBuilder()
config.add_page('Page', content=Stack(
    Text(value, id_='value'),
    part(),
    Button('Start', onclick=every.update(0.2)),
    Button('Stop', onclick=every.update(None)),
))
"""


async def test_a_variable_starts_and_stops_polling(serve: Serve, open_tab: OpenTab) -> None:
    tab = await open_tab(serve(POLLING).url)
    await expect(tab.locator('#value')).to_have_text('1')
    await expect(tab.locator('#part')).to_have_text('part 1')
    await press(tab, 'Start')
    await expect(tab.locator('#value')).to_have_text(SEVERAL)
    await expect(tab.locator('#part')).to_have_text(SEVERAL)
    await press(tab, 'Stop')
    await tab.wait_for_timeout(300)  # an answer that is under way
    shown = await tab.locator('#value').inner_text()
    await tab.wait_for_timeout(600)
    await expect(tab.locator('#value')).to_have_text(shown)


STATES = """
import asyncio
import itertools
from dara.components import *
from dara.core import *

number = Variable(1)
unused = Variable(0)
gate = asyncio.Event()
runs = 0

@action
async def open_gate():
    gate.set()

async def compute(number):
    global runs
    runs += 1
    await gate.wait()
    return f'{10 // number} in run {runs}'

result = DerivedVariable(compute, [number, unused], 'global')
uncached = DerivedVariable(lambda: next(numbers), [], None)
numbers = itertools.count(1)

@py_component
def dependent(number):
    return Text(f'dependent {number}', id_='dependent')

same = DerivedVariable(lambda: {'a': {'b': 5}}, [], nested=['a', 'b'])
config = ConfigurationBuilder()
config.add_page('Page', content=Stack(
    If(result.is_loading, Text('loading')),
    If(result.has_error, Text('error')),
    If(result.has_value, Text('value')),
    Text(result, id_='result'),
    Text(same, id_='nested'),
    Text(uncached, id_='uncached'),
    dependent(uncached),
    Button('Next', onclick=uncached.trigger(force=False)),
    Button('Open', onclick=open_gate()),
    Button('Zero', onclick=number.update(0)),
    Button('One', onclick=number.update(1)),
    Button('Unused', onclick=unused.update(1)),
    Button('Cached', onclick=result.trigger(force=False)),
    Button('Forced', onclick=result.trigger(force=True)),
    Button('Reset', onclick=result.reset()),
))
"""


async def test_a_derived_variable_tells_that_it_computes_has_failed_or_has_a_value(
    serve: Serve, open_tab: OpenTab
) -> None:
    tab = await open_tab(serve(STATES).url)

    async def expect_state(state: str) -> None:
        for each in ('loading', 'error', 'value'):
            await expect(tab.get_by_text(each, exact=True)).to_have_count(1 if each == state else 0)

    await expect(tab.locator('#nested')).to_have_text('5')
    await expect_state('loading')
    await press(tab, 'Open')
    await expect_state('value')
    await press(tab, 'Zero')
    await expect_state('error')
    await press(tab, 'One')
    await expect_state('value')


async def test_a_function_that_takes_fewer_arguments_runs_when_another_variable_changes(
    serve: Serve, open_tab: OpenTab
) -> None:
    tab = await open_tab(serve(STATES).url)
    await press(tab, 'Open')
    await expect(tab.locator('#result')).to_have_text('10 in run 1')
    await press(tab, 'Unused')
    await expect(tab.locator('#result')).to_have_text('10 in run 2')


async def test_reset_and_trigger_compute_a_value_anew_unless_a_cached_one_will_do(
    serve: Serve, open_tab: OpenTab
) -> None:
    tab = await open_tab(serve(STATES).url)
    await press(tab, 'Open')
    await expect(tab.locator('#result')).to_have_text('10 in run 1')
    await press(tab, 'Forced')
    await expect(tab.locator('#result')).to_have_text('10 in run 2')
    await press(tab, 'Cached')
    await press(tab, 'Reset')
    await expect(tab.locator('#result')).to_have_text('10 in run 3')


async def test_what_is_made_of_a_value_follows_when_that_is_computed_anew(serve: Serve, open_tab: OpenTab) -> None:
    tab = await open_tab(serve(STATES).url)
    dependent = tab.locator('#dependent')
    await expect(dependent).to_be_visible()
    before = await dependent.inner_text()
    await press(tab, 'Next')
    await expect(dependent).not_to_have_text(before)


CONSTRUCTED = """
from dara.components import *
from dara.core import *

role = Variable('guest')
names = Variable({'guest': 'Guest', 'admin': 'Admin'})
config = ConfigurationBuilder()
config.add_page('Page', content=Stack(
    Input(value=role, label='role'),
    Text(SwitchVariable(value=role, value_map={'admin': 'all'}, default='none', uid='rights'), id_='rights'),
    Text(SwitchVariable(role, names), id_='name'),
    If(Condition(operator=Condition.Operator.EQUAL, other='admin', variable=role), Text('is admin')),
    If(Condition(operator=Condition.Operator.TRUTHY, other=None, variable=role), Text('is somebody')),
    Input(value=Variable(DerivedVariable(lambda role: role.upper(), [role])), label='copy'),
))
"""


async def test_switches_and_conditions_are_constructed_as_documented(serve: Serve, open_tab: OpenTab) -> None:
    tab = await open_tab(serve(CONSTRUCTED).url)
    await expect(tab.locator('#rights')).to_have_text('none')
    await expect(tab.locator('#name')).to_have_text('Guest')
    await expect(tab.get_by_label('copy')).to_have_value('GUEST')
    await tab.get_by_label('role').fill('admin')
    await expect(tab.locator('#rights')).to_have_text('all')
    await expect(tab.locator('#name')).to_have_text('Admin')
    await expect(tab.get_by_text('is admin')).to_be_visible()
    await expect(tab.get_by_label('copy')).to_have_value('ADMIN')
    await tab.get_by_label('role').fill('')
    await expect(tab.get_by_text('is somebody')).to_have_count(0)


def test_the_arguments_of_variables_have_their_documented_order_and_names() -> None:
    plain = Variable({'a': {'b': 1}}, False, 'plain', None, ['a'])
    assert (plain.uid, plain.path) == ('plain', ('a',))
    assert isinstance(Variable(1, True).store, BrowserStore)
    assert Variable(1).get(key='a').path == ('a',)
    derived: DerivedVariable[Any] = DerivedVariable(
        lambda it: it, [plain], 'global', False, 5, [plain], 'derived', ['x']
    )
    assert (derived.uid, derived.path, derived.polling_interval) == ('derived', ('x',), 5)
    assert Variable.create_from_derived(other=derived).uid == 'derived:copy'
    assert SwitchVariable.when(plain, 1, 2, uid='when').uid == 'when'
    assert SwitchVariable.match(plain, {1: 2}, 3, uid='match').uid == 'match'


def test_an_override_changes_the_variables_that_are_made_within_it() -> None:
    store = BackendStore()
    with Variable.init_override(lambda arguments: {**arguments, 'store': store}):
        inside = Variable(1)
    assert inside.store is store
    assert Variable(1).store is None


def test_a_placeholder_is_a_fallback_and_progress_is_accepted(caplog: pytest.LogCaptureFixture) -> None:
    from dara.components import Text

    def view() -> str:
        return 'x'

    made = py_component(placeholder=Text('wait'), track_progress=False)(view)()
    assert str(made.fallback) == str(Text('wait'))
    assert py_component(track_progress=True)(view)().track_progress
    assert not caplog.records


@pytest.mark.parametrize(
    ('define', 'reason'),
    [
        (lambda: DerivedVariable(lambda a, b: a, [Variable()]), 'its function gets 1 values'),
        (lambda: DerivedVariable(lambda: 1, [], polling_interval=0), 'a number of seconds above 0, or a variable'),
        (lambda: py_component(polling_interval=-1)(lambda: 'x'), 'a number of seconds above 0, or a variable'),
        (lambda: Variable().get(*WRONG), 'variables that hold one'),
        (lambda: (Variable() == 1).reset(), 'is computed from other variables'),
        (lambda: SwitchVariable(Variable(), *WRONG), 'value_map is a dict or a variable'),
        (lambda: Condition(operator='about', other=1, variable=Variable()), 'operator is one of equal'),
        (lambda: Variable(Variable(), store=BackendStore()), 'cannot go with a store'),
    ],
)
def test_a_wrong_definition_is_refused(define: Any, reason: str) -> None:
    with pytest.raises(InvalidDefinition, match=reason):
        define()
    assert issubclass(InvalidDefinition, DaraError)
