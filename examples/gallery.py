"""Every component in its states, a page for each kind. Run it: `dara start --config gallery:config`.

The pages are made from the list of components: one without a sample here is an error at the start.
"""

from importlib.util import find_spec

import dara.components
from dara.components import (
    Accordion,
    AccordionItem,
    Anchor,
    Bokeh,
    Button,
    ButtonBar,
    Card,
    Chart,
    Checkbox,
    CheckboxGroup,
    Code,
    ComponentItem,
    ComponentSelectList,
    Datepicker,
    For,
    Form,
    FormPage,
    Grid,
    Heading,
    Icon,
    If,
    Image,
    Input,
    ItemBadge,
    Label,
    Link,
    ListSection,
    Markdown,
    Matplotlib,
    Modal,
    Paragraph,
    Plotly,
    Presence,
    ProgressBar,
    RadioGroup,
    Select,
    Slider,
    Spacer,
    Stack,
    Switch,
    Tab,
    TabbedCard,
    Table,
    Text,
    Textarea,
    Timestamp,
    Tooltip,
    UploadDropzone,
)
from dara.core import ActionCtx, ConfigurationBuilder, DerivedVariable, ProgressTracker, Variable, action
from dara.core.component import ComponentInstance
from dara.core.css import get_icon
from dara.core.persistence import BackendStore

DISHES = [ListSection(label='Warm', items=['Soup', 'Stew']), ListSection(label='Cold', items=['Salad', 'Fruit'])]
PICTURE = (
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 3'><path fill='%23359a85' "
    "d='M0 3 2 1l2 1 2-2 2 2v1Z'/></svg>"
)
PROSE = """
## Notes

A [link](https://example.org), `code`, **strong** words, and a table:

| day | guests |
|-----|-------:|
| Mon |     12 |

- one
- [x] done

> A quotation.

```python
print('Hello')  # the same as Code
```
"""

name = Variable('Ann', store=BackendStore())
fixed: DerivedVariable[str] = DerivedVariable(lambda each: f'{each}, computed', variables=[name])
story, amount, place, empty = Variable('Once upon a time'), Variable(12.5), Variable('lake'), Variable('')
uploaded = Variable('')
dish, dishes, day, span = Variable('Soup'), Variable(['Salad', 'Fruit']), Variable('2026-07-01'), Variable([None, None])
on, level, levels, asked = Variable(True), Variable(30), Variable([20, 80]), Variable(False)
view, days = Variable('Week'), Variable(['Mon'])
draft, saved = Variable({'name': '', 'story': ''}), Variable({'title': 'Dinner', 'guests': 4})
steps = Variable([{'id': 1, 'text': 'Boil the water'}, {'id': 2, 'text': 'Add the tea'}, {'id': 3, 'text': 'Wait'}])
orders = Variable([1002])
STATES = {'open': {'label': 'Open', 'color': 'orange'}, 'sent': {'label': 'Sent', 'color': 'green'}}
people = Variable([{'id': 1, 'name': 'Ann', 'share': 0.5}, {'id': 2, 'name': 'Ben', 'share': 0.25}])


@action
async def tell(ctx: ActionCtx) -> None:
    for status in ('success', 'warning', 'error'):
        await ctx.notify(f'This is a notice of a {status}.', status.capitalize(), status)


def row(*components: object, **props: object) -> Stack:
    return Stack(*components, direction='horizontal', **props)


def pages_of_a_form() -> tuple[FormPage, FormPage]:
    first = FormPage(Input(id_='name', label='Name'), title='You')
    return first, FormPage(Textarea(id_='story', label='Story'), title='Your story')


SAMPLES: dict[str, list[ComponentInstance]] = {
    'Accordion': [
        Accordion(
            items=[
                AccordionItem(label='Why', content=Text('Because.'), badge=ItemBadge(label='New', color='orange')),
                AccordionItem(label='How', content=Text('Like this.')),
            ]
        )
    ],
    'Anchor': [Anchor('To the samples of code', href='#code'), Anchor('Without a line', href='#code', clean=True)],
    'Button': [
        row(
            *(
                Button(style.capitalize(), styling=style)
                for style in ('primary', 'secondary', 'error', 'ghost', 'plain')
            )
        ),
        row(Button('Outline', outline=True), Button('Icon', icon='floppy-disk'), Button(Icon('xmark', label='Close'))),
        row(
            Button('Disabled', disabled=True),
            Button('Disabled', disabled=True, styling='secondary'),
            Button('Disabled', disabled=True, styling='ghost'),
            Button('Loading', loading=True),
            Button('Notify', onclick=tell()),
        ),
    ],
    'ButtonBar': [
        row(
            ButtonBar(items=['Day', 'Week', 'Month'], value=view, label='View'),
            ButtonBar(items=['Day', 'Week', 'Month'], value=view, label='Secondary', styling='secondary'),
            ButtonBar(items=['Day', 'Week', 'Month'], value=view, label='Disabled', disabled=True),
        )
    ],
    'Card': [Card(Text('Content'), title='A card', subtitle='With a subtitle', accent=True)],
    'Chart': [Chart(people, kind='bar', x='name', y='share', label='Shares')],
    'Checkbox': [
        row(
            Checkbox(value=on, label='Checked'),
            Checkbox(value=asked, label='Not checked'),
            Checkbox(value=on, label='Disabled', disabled=True),
        )
    ],
    'CheckboxGroup': [
        CheckboxGroup(items=['Mon', 'Tue', 'Wed'], value=days, label='Days', direction='horizontal'),
        CheckboxGroup(items=['Mon', 'Tue'], value=days, label='As a list', list_styling=True),
        CheckboxGroup(items=['Mon', 'Tue'], value=days, label='Disabled', disabled=True),
    ],
    'Code': [Code('import math\n\ndef area(r: float) -> float:\n    return math.pi * r**2  # of a circle', id_='code')],
    'ComponentSelectList': [
        ComponentSelectList(
            items=[
                ComponentItem(title='garden', subtitle='Two rooms', component=Image(PICTURE, alt='Hills')),
                ComponentItem(title='lake', subtitle='One room, and a boat', component=Image(PICTURE, alt='Hills')),
                ComponentItem(title='forest', component=Button('Look')),
            ],
            selected_items=place,
        ),
        ComponentSelectList(
            items=[{'title': dish, 'component': Text('Today')} for dish in ('Soup', 'Stew', 'Salad', 'Fruit')],
            selected_items=dishes,
            items_per_row=4,
            multi_select=True,
        ),
    ],
    'Datepicker': [
        row(Datepicker(value=day, label='Day'), Datepicker(value=span, range=True, label='From, to')),
        row(
            Datepicker(value=day, enable_time=True, label='Day and time'),
            Datepicker(value=day, label='Disabled', disabled=True),
        ),
    ],
    'For': [
        For(people, renderer=Text(people.list_item.get('name')), key_accessor='id'),
        For(steps, renderer=Input(value=steps.list_item.get('text')), key_accessor='id', reorderable=True),
        For(steps, renderer=Text(steps.list_item.get('text')), key_accessor='id', reorderable=True),
    ],
    'Form': [
        Form(*pages_of_a_form(), value=draft, onsubmit=name.update('Submitted')),
        Form(
            Input(id_='title', label='Title', required=True, max_length=20),
            Input(id_='guests', type='number', label='Guests', min=1, max=10),
            Checkbox(id_='terms', label='I accept the terms', required=True),
            saves=saved,
            submit_label='Save',
        ),
    ],
    'Grid': [
        Grid(
            Grid.Row(
                *(Grid.Column(Card(Text(f'{span} columns')), span=Grid.Breakpoints(xs=12, md=span)) for span in (3, 9))
            )
        )
    ],
    'Heading': [Heading(f'A heading of level {level}', level=level) for level in (2, 3, 4, 5, 6)],
    'Icon': [
        row(Icon('house'), Icon(get_icon('github', style='brands')), Text('in a line')),
        Icon('wrench', label='Repair'),
        Text('in a column'),
    ],
    'If': [If(on, Text('The switch is on.'), Text('The switch is off.'))],
    'Image': [Image(PICTURE, alt='Mountains', width=160)],
    'Input': [
        row(
            Input(value=name, label='Text', description='Shared with everybody'),
            Input(value=amount, type='number', label='Number', description='Of any size'),
        ),
        row(Input(value=empty, label='Empty', placeholder='A placeholder'), Input(value=fixed, label='Read-only')),
        row(Input(value=day, type='date', label='Date'), Input(value=name, label='Disabled', disabled=True)),
        row(
            Input(value=empty, type='password', label='Password'),
            Input(value=empty, label='Dish', suggestions=['Soup', 'Stew'], description='Or any other'),
        ),
    ],
    'Label': [
        Label(Input(value=name), value='Above'),
        Label(Input(value=name), value='Before', direction='horizontal', label_width=80),
    ],
    'Link': [Link('To the text', to='/text'), Link('To another site', to='https://example.org')],
    'Markdown': [Markdown(PROSE)],
    'Modal': [
        Button('Ask', onclick=asked.update(True)),
        Modal(
            Text('Nothing comes back.'),
            row(
                Button('Keep', onclick=asked.update(False), styling='secondary'),
                Button('Delete', onclick=asked.update(False), styling='error'),
                justify='flex-end',
            ),
            show=asked,
            title='Delete everything?',
        ),
    ],
    'Paragraph': [Paragraph('Words in a row: ', Text('strong', bold=True), ', and a ', Link('link', to='/text'), '.')],
    'Presence': [Presence()],
    'ProgressBar': [ProgressBar(progress=40, label='Upload'), ProgressBar(progress=80, small=True, label='Small')],
    'ProgressTracker': [ProgressTracker()],
    'RadioGroup': [
        RadioGroup(items=['garden', 'lake'], value=place, label='Place'),
        RadioGroup(items=['garden', 'lake'], value=place, label='In a row', direction='horizontal'),
        RadioGroup(items=['garden', 'lake'], value=place, label='Disabled', disabled=True),
    ],
    'Select': [
        row(
            Select(items=DISHES, value=dish, label='One'),
            Select(items=DISHES, value=dishes, multiselect=True, label='Several'),
        ),
        row(
            Select(items=['Soup'], value=Variable(), label='None yet', placeholder='Choose'),
            Select(items=DISHES, value=dish, label='Disabled', disabled=True),
        ),
    ],
    'Slider': [
        Slider(value=level, domain=[0, 100], label='Level', description='As you like it'),
        Slider(value=levels, domain=[0, 100], ticks=[0, 25, 50, 75, 100], label='Range, with ticks'),
        Slider(value=level, domain=[0, 100], rail_labels=['low', 'high'], label='Disabled', disabled=True),
    ],
    'Spacer': [Spacer(line=True), Spacer(size='1rem')],
    'Stack': [
        row(Text('A word'), Button('A button'), Switch(value=on, label='A switch'), Icon('house'), Text('a word')),
        row(Switch(value=on, label='Done'), Input(value=name, placeholder='Name'), Text('and a word')),
        row(Input(value=name, label='With a label'), Button('At the field'), Switch(value=on, label='Here, too')),
        Stack(*(Text(f'Line {number} of a log') for number in range(1, 9)), scroll='end', max_height=120, gap=4),
    ],
    'Switch': [
        row(
            Switch(value=on, label='On'),
            Switch(value=asked, label='Off'),
            Switch(value=on, label='Disabled', disabled=True),
        )
    ],
    'TabbedCard': [TabbedCard(Tab(Text('First words.'), title='First'), Tab(Text('More.'), title='Second'))],
    'Table': [
        Table(
            data=people,
            columns=[Table.column('name', label='Name'), Table.column('share', label='Share')],
            searchable=True,
            label='People',
        ),
        Table(
            data=[
                {'order': 1001, 'since': '2026-03-02', 'state': 'open', 'items': 12, 'amount': 1349.5, 'paid': False},
                {'order': 1002, 'since': '2026-03-09', 'state': 'sent', 'items': 3, 'amount': 87.25, 'paid': True},
                {'order': 1003, 'since': '2026-11-28', 'state': 'open', 'items': 140, 'amount': 21750, 'paid': False},
            ],
            columns=[
                Table.column('order', label='Order'),
                Table.column('since', label='Since', filter='datetime'),
                Table.column(
                    'state', label='State', filter='categorical', formatter={'type': 'badge', 'badges': STATES}
                ),
                Table.column('items', label='Items', filter='numeric'),
                Table.column('amount', label='Amount'),
                Table.column('paid', label='Paid'),
            ],
            row_data_id_column='order',
            selected_ids=orders,
            multi_select=True,
            export=True,
            label='Orders',
        ),
    ],
    'Text': [
        Text('Plain text'),
        Text('Dimmed text', color='dimmed'),
        *(Text(f'Text in {color}', color=color) for color in ('primary', 'error', 'success', 'warning')),
        Text('Bold', bold=True),
    ],
    'Textarea': [Textarea(value=story, label='Story'), Textarea(value=story, label='Disabled', disabled=True)],
    'Timestamp': [
        row(Timestamp('2026-07-15T13:30:00+00:00'), Timestamp('2024-07-15'), Timestamp('2024-07-15T13:30:00')),
    ],
    'Tooltip': [Tooltip(Button('Hover me', styling='secondary'), content='What it means')],
    'UploadDropzone': [
        UploadDropzone(
            target=uploaded,
            resolver=lambda content, name: f'{name}: {len(content)} bytes',
            accept='*/*',
            enable_paste=True,
        ),
        Text(uploaded),
    ],
}
PARTS = {'AccordionItem', 'ComponentItem', 'FormPage', 'Tab'}
"""Those in the samples of others."""
OF_OTHERS = {'Bokeh', 'Matplotlib', 'Plotly'}
"""Those that draw the figures of other packages, which the gallery does not need."""


def figures() -> dict[str, list[ComponentInstance]]:
    """Return the samples of those whose packages are installed."""
    samples: dict[str, list[ComponentInstance]] = {}
    names, shares = ['Ann', 'Ben', 'Cleo'], [0.5, 0.25, 0.25]
    if find_spec('plotly'):
        from plotly import graph_objects as go

        drawn = go.Figure([go.Bar(x=names, y=shares, name='Share'), go.Scatter(x=names, y=shares, name='Line')])
        samples['Plotly'] = [Plotly(drawn, alt='Shares, by Plotly')]
    if find_spec('bokeh'):
        from bokeh.models import FactorRange
        from bokeh.plotting import figure

        plot = figure(x_range=FactorRange(factors=names), title='Shares', tools='pan,wheel_zoom,box_select,reset')
        plot.vbar(names, top=shares, width=0.8, legend_label='Share')
        samples['Bokeh'] = [Bokeh(plot, alt='Shares, by Bokeh')]
    if find_spec('matplotlib'):
        from matplotlib.figure import Figure

        bars = Figure(figsize=(8, 4))
        axes = bars.subplots()
        axes.bar(names, shares)
        axes.set_title('Shares')
        samples['Matplotlib'] = [Matplotlib(bars, alt='Shares, by Matplotlib')]
    return samples


SAMPLES |= figures()


def components() -> list[type[ComponentInstance]]:
    """Return all components, except parts of others and those whose packages are missing."""
    absent = PARTS | (OF_OTHERS - SAMPLES.keys())
    found = [getattr(dara.components, each) for each in dara.components.__all__ if each not in absent]
    return [each for each in found if isinstance(each, type) and issubclass(each, ComponentInstance)]


def kind_of(component: type[ComponentInstance]) -> str:
    module = component.__module__
    if component.__name__ in OF_OTHERS:
        return 'Figures'
    return module.split('.')[-1].capitalize() if module.startswith('dara.components') else 'Flow'


config = ConfigurationBuilder()
config.title = 'Gallery'
config.template = 'side'
for kind in dict.fromkeys(map(kind_of, components())):
    cards = [Card(*SAMPLES[each.__name__], title=each.__name__) for each in components() if kind_of(each) == kind]
    config.add_page(kind, content=Stack(Heading(kind), *cards))
