"""Every component of the documentation, called as documented."""

from dara.components import (
    Accordion,
    AccordionItem,
    Anchor,
    Button,
    ButtonBar,
    ButtonBarStyle,
    ButtonStyle,
    Card,
    CheckboxGroup,
    Code,
    ComponentItem,
    ComponentSelectList,
    Datepicker,
    Direction,
    Form,
    FormPage,
    Grid,
    Heading,
    Icon,
    If,
    Image,
    Input,
    Item,
    ItemBadge,
    Label,
    ListSection,
    Markdown,
    Modal,
    Paragraph,
    ProgressBar,
    RadioGroup,
    RadioItem,
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
    Tooltip,
)
from dara.components.common.table import Column, TableAction, TableFormatterCompareCondition
from dara.core import ConfigurationBuilder, For, Match, Variable, get_icon

PIXEL = 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAAAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw=='
config = ConfigurationBuilder()


def shows(name, *components):
    """Add a page with the components, and below them their variables."""
    config.add_page(name, content=Stack(*components))


open_part = Variable(0)
shows(
    'accordion',
    Accordion(
        items=[
            AccordionItem(label='Why', content=Text('Because'), badge=ItemBadge(label='New', color='orange')),
            AccordionItem(label=Text('How'), content=Text('Like this')),
        ],
        value=open_part,
        multi=False,
    ),
    Text(open_part, id_='value'),
)

pressed = Variable('')
shows(
    'buttons',
    Button('Save', onclick=pressed.update('saved'), icon=get_icon('save'), styling=ButtonStyle.SECONDARY),
    Button(Text('Remove'), onclick=pressed.update('removed'), outline=True),
    Button('Closed', disabled=True),
    ButtonBar(
        items=[Item(label='Day', value='day'), Item(label='Week', value='week')],
        value=pressed,
        styling=ButtonBarStyle.SECONDARY,
    ),
    Text(pressed, id_='value'),
)

days = Variable(['Tue'])
seat = Variable(1)
picked = Variable('TitleB')
last_picked = Variable('')
meal = Variable('Soup')
several = Variable(['Salad'])
light = Variable(True)
level = Variable(20)
date = Variable('2026-07-01')
shows(
    'choices',
    CheckboxGroup(items=['Mon', 'Tue', 'Wed'], value=days, select_max=2, list_styling=True),
    RadioGroup(
        items=[RadioItem(label=Text('Window'), value=1), Item(label='Aisle', value=2)],
        value=seat,
        direction=Direction.HORIZONTAL,
    ),
    ComponentSelectList(
        items=[
            ComponentItem(title='TitleA', subtitle='subtitle', component=Text('A')),
            ComponentItem(title='TitleB', subtitle='subtitle', component=Text('B')),
        ],
        selected_items=picked,
        items_per_row=2,
        on_select=last_picked.sync(),
    ),
    Label(
        Select(
            items=[ListSection(label='Warm', items=['Soup']), ListSection(label='Cold', items=['Salad', 'Fruit'])],
            value=meal,
            placeholder='Choose',
        ),
        value='Meal',
        direction='horizontal',
    ),
    Select(items=['Soup', 'Salad', 'Fruit'], value=several, multiselect=True, label='Several'),
    Label(Switch(value=light), value='Light'),
    Slider(domain=[0, 100], step=10, value=level, ticks=[0, 50, 100], label='Level'),
    Datepicker(value=date, date_format='dd/MM/yyyy', label='Day'),
    Text(days, id_='days'),
    Text(seat, id_='seat'),
    Text(picked, id_='picked'),
    Text(last_picked, id_='last_picked'),
    Text(meal, id_='meal'),
    Text(several, id_='several'),
    Text(light, id_='light'),
    Text(level, id_='level'),
    Text(date, id_='date'),
)

shows(
    'content',
    Heading('Results', level=2),
    Paragraph('Hello, ', Text('you', bold=True), '!'),
    Markdown('**Strong** words'),
    Code('print("hello")', language='python', theme=Code.Themes.DARK),
    Anchor('Further down', href='#end', clean=True),
    Anchor('The end', name='end'),
    Icon('wrench', label='Repair'),
    Image(PIXEL, alt='A dot', width=20),
    ProgressBar(progress=Variable(40), label='Upload'),
    Spacer(size=30, line=True, inset='1rem'),
    Tooltip(Text('A word'), content='What it means', placement='bottom'),
)

count = Variable(3)
people = Variable([{'id': 1, 'name': 'Ann'}, {'id': 2, 'name': 'Ben'}])
shows(
    'flow',
    Input(value=count, type='number', label='Count'),
    If(count > 2, Text('Many'), Text('Few')),
    Match(count, when={1: Text('One'), 2: Text('Two')}, default=Text('Another number')),
    For(people, renderer=Text(people.list_item.get('name')), key_accessor='id', placeholder=Text('Nobody')),
)

sent = Variable(None)
draft = Variable({'name': '', 'story': ''})
shows(
    'forms',
    Form(
        FormPage(Input(id_='name', label='Name', placeholder='Ann'), title='You'),
        FormPage(Textarea(id_='story', label='Story', resize='vertical'), title='Your story'),
        value=draft,
        onsubmit=sent.sync(),
    ),
    Text(sent, id_='sent'),
)

asked = Variable(False)
shows(
    'layout',
    Card(Text('Inside'), title='A card', subtitle='With a subtitle', accent=True),
    Grid(
        Grid.Row(
            Grid.Column(Text('Left'), span=Grid.Breakpoints(xs=12, md=6)),
            Grid.Column(Text('Right'), span=Grid.Breakpoints(xs=12, md=6)),
            column_gap=2,
        ),
        row_gap='1rem',
    ),
    Button('Ask', onclick=asked.update(True)),
    Modal(Text('Really?'), Button('Yes', onclick=asked.update(False)), show=asked),
    TabbedCard(Tab(Text('First words'), title='First'), Tab(Text('Second words'), title='Second')),
)

chosen = Variable([])
shows(
    'table',
    Table(
        data=[{'name': 'Ann', 'share': 0.5, 'half': True}, {'name': 'Ben', 'share': 0.25, 'half': False}],
        columns=[
            'name',
            Table.column('share', label='Share', formatter={'type': Table.TableFormatterType.PERCENT}),
            Column(
                col_id='half',
                formatter={
                    'type': Table.TableFormatterType.COMPARE,
                    'condition': TableFormatterCompareCondition.EQUAL,
                    'target': True,
                },
            ),
        ],
        selected_indices=chosen,
        searchable=True,
        actions=[TableAction(icon_name='trash', label='Delete', id='delete')],
        on_action=asked.sync(),
    ),
    Text(chosen, id_='value'),
)
