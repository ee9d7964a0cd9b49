"""Each prop of each component that takes a variable, over one value."""

import inspect
import json
from pathlib import Path
from typing import Any

import dara.components as components
from dara.components import (
    Accordion,
    AccordionItem,
    Button,
    ComponentSelectList,
    Datepicker,
    Form,
    Input,
    Modal,
    Paragraph,
    Presence,
    Select,
    Slider,
    Stack,
    Switch,
    Tab,
    TabbedCard,
    Text,
    Textarea,
)
from dara.core import ConfigurationBuilder, For, If, Match, Variable
from dara.core.component import ComponentInstance
from dara.core.http import post
from dara.core.persistence import BackendStore
from dara.core.visual.components import Link, RouterPath

store = BackendStore()
shared = Variable(default={'n': 0, 'it': 'at first'}, store=store)
odd = shared.get('it')
note = Variable(default='', store=BackendStore())

NEEDED: dict[str, dict[str, Any]] = {
    'Slider': {'domain': [0, 10]},
    'Chart': {'data': [{'a': 1}], 'x': 'a'},
    'Table': {'data': Variable([{'a': 1}]), 'row_data_id_column': 'a'},
    'Select': {'items': ['a']},
    'RadioGroup': {'items': ['a']},
    'CheckboxGroup': {'items': ['a']},
    'ButtonBar': {'items': ['a']},
    'ComponentSelectList': {'items': [{'title': 'it', 'component': Text('in it')}]},
    'Heading': {'heading': 'h'},
    'Text': {'text': 't'},
    'Timestamp': {'value': '2026-07-15'},
    'Markdown': {'markdown': 'm'},
    'Code': {'code': 'c'},
    'Icon': {'icon': 'wrench'},
    'Image': {'src': '/x.png'},
    'Anchor': {'href': '#'},
    'Label': {'value': 'l'},
    'Tooltip': {'content': 'c'},
    'ProgressBar': {'progress': 1},
    'Modal': {'show': Variable(False)},
    'Link': {'to': '/'},
    'UploadDropzone': {'target': Variable()},
    'MenuLink': {'to': '/'},
}
FULL = {'Label', 'Tooltip', 'Anchor', 'Link', 'MenuLink', 'Card'}
OF_OTHERS = {'Bokeh', 'Matplotlib', 'Plotly'}
"""Figures of other packages, which have tests of their own."""
PARTS = {*OF_OTHERS, 'Accordion', 'AccordionItem', 'ComponentItem', 'FormPage', 'Tab', 'TabbedCard'} | {
    'For',
    'If',
    'Match',
}
NO_VALUES = {'error_handler', 'fallback', 'for_', 'track_progress'}
STYLES = set(Stack.model_fields) - {'children', 'direction', 'collapsed', 'scroll', 'wrap'} - NO_VALUES
TRIED_APART = {*STYLES, *NO_VALUES, 'children'}


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
    for style in sorted(STYLES - {'id_'}):
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
    cards = [{'title': 'it', 'subtitle': odd, 'component': odd}, {'title': 'text'}]
    yield 'ComponentSelectList', ComponentSelectList(items=cards, selected_items=odd, multi_select=True)
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
