"""Values that nobody expected: whatever a variable holds, the page shows what it can, and everything else goes on."""

from __future__ import annotations

import json
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Page, expect

from tests.conftest import Serve
from tests.process import AppServer

VALUES: dict[str, Any] = {
    'null': None,
    'true': True,
    'false': False,
    'zero': 0,
    'negative': -1.5,
    'huge': 9007199254740992,
    'astronomic': 1e308,
    'tiny': 1e-300,
    'empty text': '',
    'text': 'text',
    'number as text': '12',
    'long text': 'long ' * 400,
    'odd characters': '<b>&amp;\u202e\u0007\ufeff👩\u200d👩 ;:{}"\'`\\n\n\t %2F ?#',
    'names of prototypes': 'constructor',
    'broken addresses': 'http://[',
    'script': 'javascript:alert(1)',
    'impossible date': '2026-99-99',
    'empty list': [],
    'mixed list': [None, 1, 'a', {}, [], True, 1, 'a'],
    'list of lists': [[[1, 2], [3]], [None]],
    'numbers': [5, 1],
    'same numbers': [3, 3],
    'huge numbers': [-1e308, 1e308],
    'empty object': {},
    'object': {'text': 'Save', 'lang': 'en'},
    'toString': {'toString': 1, 'valueOf': {}, 'toJSON': 2},
    'react': {'$$typeof': 'react.element', 'type': 'div', 'key': None, 'props': {}, 'ref': None},
    'nested': {'a': {'b': [{'c': None}]}},
    'items': [
        {'label': {'a': 1}, 'value': {'toString': 1}},
        {'label': 'One', 'value': 1},
        {'label': 'Again', 'value': 1},
        {'label': None, 'value': None},
        {'value': 2},
        {'label': 3},
        {'items': None, 'label': 'No list'},
        {'items': [None, 1, {'items': [1], 'label': 'Inner'}], 'label': {}},
        {'label': 'Slot', 'value': 'slot', 'slot': 'x'},
    ],
    'columns': [
        {'col_id': 'toString', 'label': {}, 'formatter': {'type': 'badge'}},
        {'col_id': 'a', 'formatter': {'type': 'badge', 'badges': {'1': None, 'x': 'y'}}, 'width': {}, 'tooltip': []},
        {'col_id': 'a', 'formatter': {'type': 'threshold'}},
        {'col_id': 'b', 'formatter': {'type': 'threshold', 'thresholds': [None, {'bounds': 1}]}},
        {'col_id': 'c', 'formatter': 'number'},
        {'col_id': None},
        {'a': 1, 'b': {'toString': 2}, 'toString': {'toString': 3}},
    ],
}

APP = """
import inspect
import json
from pathlib import Path
from typing import Any

import dara.components as components
from dara.components import *
from dara.core import *
from dara.core.component import ComponentInstance
from dara.core.http import post
from dara.core.persistence import BackendStore
from dara.core.visual.components import Link, MenuLink, RouterPath

store = BackendStore()
shared = Variable(default={'n': 0, 'it': 'at first'}, store=store)
odd = shared.get('it')
note = Variable(default='', store=BackendStore())

NEEDED = {
    'Slider': {'domain': [0, 10]}, 'Table': {'data': [{'a': 1}]}, 'Select': {'items': ['a']},
    'RadioGroup': {'items': ['a']}, 'CheckboxGroup': {'items': ['a']}, 'ButtonBar': {'items': ['a']},
    'Heading': {'heading': 'h'}, 'Text': {'text': 't'}, 'Markdown': {'markdown': 'm'}, 'Code': {'code': 'c'},
    'Icon': {'icon': 'wrench'}, 'Image': {'src': '/x.png'}, 'Anchor': {'href': '#'}, 'Label': {'value': 'l'},
    'Tooltip': {'content': 'c'}, 'ProgressBar': {'progress': 1}, 'Modal': {'show': Variable(False)},
    'Link': {'to': '/'}, 'MenuLink': {'to': '/'},
}
FULL = {'Label', 'Tooltip', 'Anchor', 'Link', 'MenuLink', 'Card'}
PARTS = {'Accordion', 'AccordionItem', 'Tab', 'FormPage', 'TabbedCard', 'For', 'If', 'Match'}
STYLES = set(Stack.model_fields) - {'children', 'direction', 'collapsed', 'scroll', 'wrap'}
TRIED_APART = {*STYLES, 'children'}


def takes_variable(annotation):
    return annotation is not None and ('AnyVariable' in str(annotation) or str(annotation) == 'typing.Any')


def one(kind, prop):
    props = {**NEEDED.get(kind.__name__, {}), prop: odd}
    return kind(*(['child'] if kind.__name__ in FULL else []), **props)


def everything():
    kinds = [
        kind
        for name in components.__all__
        if inspect.isclass(kind := getattr(components, name)) and issubclass(kind, ComponentInstance)
    ]
    for kind in kinds:
        if kind.__name__ in PARTS:
            continue
        for prop, field in kind.model_fields.items():
            if prop in TRIED_APART or not takes_variable(field.annotation) or (kind is Modal and prop == 'show'):
                continue
            yield f'{kind.__name__}.{prop}', one(kind, prop)
    for style in sorted(STYLES - {'raw_css', 'id_'}):
        yield f'Stack.{style}', Stack('styled', **{style: odd})
    yield 'Input.number', Input(value=odd, type='number')
    yield 'Input.date', Input(value=odd, type='date')
    yield 'Select.multiselect', Select(items=['a'], value=odd, multiselect=True)
    yield 'Select.multiselect items', Select(items=odd, value=Variable(['a']), multiselect=True)
    yield 'Slider.range', Slider(domain=[1.5, 9.5], step=1, value=odd)
    yield 'Datepicker.range', Datepicker(value=odd, range=True)
    yield 'Datepicker.time', Datepicker(value=odd, enable_time=True)
    yield 'Button.text', Button(odd)
    yield 'Button.children', Button(odd, 'and more')
    yield 'Paragraph', Paragraph(odd, 'and more')
    yield 'Accordion', Accordion(items=[AccordionItem(label=odd, content=Text('in it'))], value=odd)
    yield 'TabbedCard', TabbedCard(Tab('one', title='One'), Tab('two', title='Two'), selected_tab=odd)
    yield 'For', For(odd, renderer=Text(odd.list_item.get('label')), placeholder=Text('nothing'), key_accessor='value')
    yield 'For of items', For(odd, renderer=Input(value=odd.list_item, label=odd.list_item.get('label')))
    yield 'If', If(odd, Text('yes'), Text('no'))
    yield 'Match', Match(odd, when={'text': Text('it is text'), 1: Text('one')}, default=Text('other'))
    yield 'Link to a RouterPath', Link('there', to=RouterPath(pathname='/:id', params={'id': odd}))
    yield 'Form', Form(Input(id_='text'), Slider(id_='a', domain=[0, 1]), value=odd)
    yield 'Switch', Switch(value=odd, label=odd)
    yield 'Presence', Presence()
    yield 'Modal', Modal(Text('inside'), show=Variable(True) == 2, title=odd)


PLACES = [
    Stack(component, Text('after it'), id_=f'place-{index}', raw_css='outline: 1px dotted red')
    for index, (name, component) in enumerate(everything())
]
Path('names.json').write_text(json.dumps([name for name, _ in everything()]))


@post('odd')
async def write(n: int, it: Any) -> None:
    await store.write({'n': n, 'it': it})


config = ConfigurationBuilder()
config.add_endpoint(write)
config.add_page('Page', content=Stack(Textarea(value=note, label='Note'), Text(shared.get('n'), id_='n'), *PLACES))
"""

STATE = """() => ({
    focus: document.activeElement.tagName,
    gone: [...document.querySelectorAll('[id^=place-]')].filter(({ textContent }) => !textContent.endsWith('after it'))
        .length,
    places: document.querySelectorAll('[id^=place-]').length,
    unshown: [...document.querySelectorAll('.dara-unshown, .dara-failure, [role=alert]')].map(
        (each) => each.closest('[id^=place-]')?.id.replace('place-', '') ?? 'the page'),
})"""


async def expect_whole(tab: Page, server: AppServer, n: int) -> str:
    """Return what is wrong with the page, once it shows the value of that number; nothing if all of it is there."""
    await expect(tab.locator('#n')).to_have_text(str(n))
    state = await tab.evaluate(STATE)
    names = json.loads((server.directory / 'names.json').read_text())
    wrong = [name if name == 'the page' else names[int(name)] for name in state['unshown']]
    if state['gone'] or state['places'] != len(names):
        wrong.append(f'{state["places"]} of {len(names)} places, {state["gone"]} of them empty')
    return ', '.join(each for each in wrong if each not in MAY_BE_UNSHOWN)


MAY_BE_UNSHOWN = {'Image.src'}
"""A picture without an address is none, whatever else the value may be."""


async def test_whatever_a_variable_holds_the_page_goes_on(serve: Serve, browser: Browser) -> None:
    """Each prop of each component that may be a variable, and each kind of value, in an open page and in a new one."""
    server = serve(APP)
    context = await browser.new_context()
    tab, other = await context.new_page(), await context.new_page()
    errors: list[str] = []
    for each in (tab, other):
        each.on('pageerror', lambda error: errors.append(f'{error}'))
        each.on('console', lambda said: errors.append(said.text) if is_error(said) else None)
    await tab.goto(server.url)
    note = tab.get_by_label('Note')
    await note.focus()
    wrong: dict[str, str] = {}
    typed = ''
    for n, (name, value) in enumerate(VALUES.items(), 1):
        answer = await tab.request.post(f'{server.url}/api/odd', data={'n': n, 'it': value})
        assert answer.ok, (name, await answer.text())
        await tab.bring_to_front()
        wrong[name] = await expect_whole(tab, server, n)
        await tab.keyboard.type('x')
        typed += 'x'
        await expect(note).to_have_value(typed)
        await expect(note).to_be_focused()
        await other.goto(server.url)
        wrong[f'{name}, in a new page'] = await expect_whole(other, server, n)
    await context.close()
    assert {name: what for name, what in wrong.items() if what} == {}
    assert errors == []


def is_error(said: ConsoleMessage) -> bool:
    """Whether the page failed; that a browser finds no picture at an address is no failure of it."""
    return said.type == 'error' and 'Failed to load resource' not in said.text and 'Loading the image' not in said.text


async def test_what_cannot_be_shown_is_said_in_its_place(serve: Serve, browser: Browser) -> None:
    """A table whose columns ask for the impossible takes nothing along, and is there again at the next change."""
    server = serve(IMPOSSIBLE)
    context = await browser.new_context()
    tab = await context.new_page()
    await tab.goto(server.url)
    await tab.get_by_label('Note').fill('typed ')
    await expect(tab.get_by_role('table')).to_be_visible()
    await tab.get_by_role('button', name='Break').click()
    place = tab.get_by_role('note')
    await expect(place).to_have_text('This value cannot be shown')
    await expect(tab.get_by_role('table')).to_have_count(0)
    await tab.get_by_label('Note').press_sequentially('on')
    await expect(tab.get_by_label('Note')).to_have_value('typed on')
    await tab.reload()
    await expect(place).to_have_text('This value cannot be shown')
    await expect(tab.get_by_label('Note')).to_have_value('typed on')
    await tab.get_by_role('button', name='Mend').click()
    await expect(tab.get_by_role('cell', name='1.00')).to_be_visible()
    await expect(place).to_have_count(0)
    await context.close()


IMPOSSIBLE = """
from dara.components import *
from dara.core import *
from dara.core.persistence import BackendStore

note = Variable(default='', store=BackendStore())
columns = Variable(default=['a'], store=BackendStore())

def precise(digits):
    return columns.update([{'col_id': 'a', 'formatter': {'type': 'number', 'precision': digits}}])

config = ConfigurationBuilder()
config.add_page('Page', content=Stack(
    Textarea(value=note, label='Note'),
    Card(Table(data=[{'a': 1}], columns=columns), title='Figures'),
    Button('Break', onclick=precise(1000)),
    Button('Mend', onclick=precise(2)),
))
"""
