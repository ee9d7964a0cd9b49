"""Tests of components: the values of props, the messages about mistakes, and the JSON for the browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, cast

import pytest
from bokeh.plotting import figure
from matplotlib.figure import Figure

from dara import components
from dara.components import (
    Accordion,
    AccordionItem,
    Anchor,
    Bokeh,
    Button,
    ButtonBar,
    ButtonBarStyle,
    ButtonStyle,
    Card,
    Chart,
    Checkbox,
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
    Image,
    Input,
    Item,
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
    Timestamp,
    Tooltip,
    UploadDropzone,
)
from dara.components.common.table import TableAction
from dara.core import ActionCtx, ConfigurationBuilder, Variable, action, redo, undo
from dara.core._tree import render
from dara.core.component import ComponentInstance
from dara.core.css import get_icon
from dara.core.errors import ConflictingIds, InvalidDefinition, InvalidProp
from dara.core.persistence import BackendStore, BrowserStore


def wrong(**props: Any) -> dict[str, Any]:
    """Return props that a type checker would reject, too."""
    return props


def node(component: ComponentInstance) -> dict[str, Any]:
    """Return the JSON of one component."""
    return render([component], '/:').nodes[0]


@pytest.mark.parametrize(
    ('mistake', 'message'),
    [
        (lambda: Input(**wrong(vlaue=1)), "Input has no prop 'vlaue'. Did you mean 'value'?"),
        (lambda: Text('x', colour='red'), "Text has no prop 'colour'. Did you mean 'color'?"),
        (lambda: Select(**wrong()), "Select: the prop 'items' is missing"),
        (lambda: Slider(domain=[3]), 'Slider: domain: takes two numbers'),
        (lambda: Slider(domain=[3, 1]), 'the smaller one first'),
        (lambda: Heading('x', level='one'), "Heading: level: takes Literal[1, 2, 3, 4, 5, 6], not 'one'"),
        (lambda: Button('x', onclick=print), 'Button: onclick: takes an action such as variable.update(1)'),
        (lambda: Stack(object()), 'Stack: children: takes components or text'),
        (lambda: Card(raw_css=3), 'Card: raw_css: takes'),
        (lambda: Textarea(**wrong(value=[1])), 'Textarea: value: takes'),
        (lambda: Select(items=[object()]), "Select: items: takes strings, numbers, Item(label='one', value=1)"),
        (lambda: CheckboxGroup(items=['a'], select_min=2, select_max=1), 'select_min is 2, more than select_max, 1'),
        (lambda: Datepicker(range=True, enable_time=True), 'range and enable_time cannot be combined'),
        (lambda: TabbedCard(Text('x')), "TabbedCard: children: takes tabs, such as Tab(Text('one'), title='Tab 1')"),
        (lambda: TabbedCard(Tab(title='a'), Tab(title='a')), 'each tab needs a title of its own'),
        (lambda: Tab(Text('x'), **wrong()), "Tab: the prop 'title' is missing"),
        (
            lambda: ComponentSelectList(items=[{'title': 'a'}] * 2),
            'ComponentSelectList: items: each card needs a title of',
        ),
        (lambda: ComponentSelectList(items=['a']), 'ComponentSelectList: items: takes ComponentItem('),
        (lambda: Accordion(items=[]), 'Accordion: items: takes at least one AccordionItem'),
        (lambda: Label(Text('a'), Text('b'), value='c'), 'Label: children: takes one component, not 2'),
        (lambda: Form(FormPage('a'), Text('b')), 'Form: children: takes FormPages or other components, not both'),
        (lambda: Form(value=Variable({}), saves=Variable({})), 'Form: value and saves cannot be combined'),
        (lambda: Input(min=1), 'Input: min is for fields of the kind number or moment, and this is a text'),
        (lambda: Input(type='number', min=3, max=1), 'Input: min is 3, more than max, 1'),
        (lambda: Input(type='number', min='1'), "Input: min takes a number, not '1'"),
        (lambda: Input(type='number', step=0), 'Input: step is a number above 0, not 0'),
        (lambda: Input(type='date', min='1 May'), "Input: min takes '2026-07-15', or for times '13:30', not '1 May'"),
        (lambda: Stack(scroll='end', direction='horizontal'), "Stack: scroll='end' needs the direction 'vertical'"),
        (lambda: Textarea(min_length=3, max_length=1), 'Textarea: min_length is 3, more than max_length, 1'),
        (lambda: Input(pattern='('), "Input: pattern '(' is no regular expression"),
        (
            lambda: Input(type='password', value=Variable('', store=BrowserStore())),
            'a password must not be kept in the browser',
        ),
        (
            lambda: Form(Input(id='p', type='password'), value=Variable({}, store=BrowserStore())),
            'a password must not be kept in the browser',
        ),
        (lambda: FormPage(FormPage('a')), 'FormPage: children: takes fields and other components'),
        (
            lambda: Form(Stack(Input(id_='a', value='x')), value=Variable({})),
            "field 'a'; put 'x' into that",
        ),
        (lambda: Grid.Column('a', span=13), 'Column: span: takes numbers from 0 to 12'),
        (lambda: Markdown('x', html_raw=True), 'Markdown: html_raw: takes'),
        (lambda: Modal('x', **wrong()), "Modal: the prop 'show' is missing"),
        (
            lambda: Chart(3, x='a'),
            'Chart: data: takes a DataFrame, a list of dicts, or a variable that holds one, not 3',
        ),
        (lambda: Chart({'a': [1], 'b': []}, x='a'), "takes columns of one length, not of {'a': 1, 'b': 0}"),
        (lambda: Chart([{'a': 1}], x='b'), "Chart: x: there is no column 'b', only ['a']"),
        (lambda: Chart([{'a': 1}], x='a', y=['a', 'c']), "Chart: y: there is no column 'c'"),
        (lambda: Chart([{'a': 1}], **wrong()), "Chart: the prop 'x' is missing"),
        (lambda: Chart([], kind='histogram', x='a', y='a'), "takes neither 'y' nor 'aggregate'"),
        (lambda: Chart([], x='a', y=['b', 'c'], color='d'), "'color' divides one column of 'y' into series, not 2"),
        (lambda: Table(data=[], columns=[3]), "Table: columns: takes names, or columns such as Table.column('name'"),
        (lambda: Table(data=3), 'Table: data: takes a list of dicts, a variable that holds one, or a DataFrame, not 3'),
        (lambda: Table.column('a', labl='b'), "Table.column 'a' has no prop 'labl'. Did you mean 'label'?"),
        (lambda: Table.column('a', formatter='date'), "there is no formatter 'date'. Did you mean 'datetime'?"),
        (lambda: Table.column('a', formatter='sparkline'), 'There are: adaptive_precision, badge'),
        (lambda: Table.column('a', formatter='badge'), "formatter 'badge': needs 'badges', a dict such as"),
        (lambda: Table.column('a', formatter={'type': 'badge', 'badges': {1: 2}}), 'the badge of 1 is a colour, or'),
        (lambda: Table.column('a', formatter={'type': 'number', 'precision': -1}), 'a number of decimals from 0 to 20'),
        (lambda: Table.column('a', formatter={'type': 'number_intl', 'locales': 1}), "a language such as 'en-US'"),
        (lambda: Table.column('a', formatter={'type': 'datetime', 'format': 1}), "a string such as 'dd/MM/yyyy'"),
        (lambda: Table.column('a', formatter={'type': 'threshold', 'thresholds': [1]}), 'with two numbers, not 1'),
        (lambda: Table.column('a', formatter={'type': 'percent', 'presision': 1}), "Did you mean 'precision'?"),
        (lambda: Table.column('a', formatter={'type': 'percent', 'thresholds': [1]}), 'with two numbers, not 1'),
        (lambda: Table.column('a', formatter='threshold'), "formatter 'threshold': needs 'thresholds', a list such as"),
        (lambda: Table.column('a', formatter='compare'), "formatter 'compare': needs 'target'"),
        (lambda: Table(data=[], selected_ids=Variable()), 'selected_ids: needs row_data_id_column, such as'),
        (lambda: Table(data=[], actions=[TableAction('x', 'X', 'x')]), 'actions: needs on_action, the action that'),
        (lambda: Table(data=[], actions=[{'id': 'x'}]), "takes a list of TableAction(icon_name='trash'"),
        (lambda: Table(data=[], editable=True), 'editable: needs a Variable as data, such as'),
        (lambda: Table(data=[], columns=[{'col_id': 'a', 'editable': True}]), 'editable: needs a Variable as data'),
        (lambda: Table(data=[]).add_column('a'), "add_column: needs a list of columns, such as Table(columns=['name']"),
        (lambda: Table(data=[], columns=[]).add_column(cast(Any, 3)), 'add_column: takes names, or columns such as'),
        (lambda: Table.column('a', align='middle'), "align: takes one of 'left', 'center', 'right', not 'middle'"),
        (lambda: Table.column('a', sticky='top'), "sticky: takes one of 'left', 'right', not 'top'"),
        (lambda: Table.column('a', width=True), "width: takes pixels such as 120, or CSS such as '12rem', not True"),
    ],
)
def test_an_error_names_the_component_the_prop_and_the_remedy(mistake: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidProp) as caught:
        mistake()
    assert message in str(caught.value)


def test_a_tree_separates_values_variables_actions_and_children() -> None:
    """A value that looks like a reference is still a value."""
    variable = Variable[Any]({'a': 1}, uid='v')
    tree = node(
        Stack(
            Text(variable.get('a'), bold=True, raw_css={'variable': 'v'}),
            None,
            'plain',
            Button('Go', onclick=[variable.update({'kind': 'reset'}), variable.reset()]),
        )
    )
    text, plain, button = tree['slots']['children']
    assert text['variables'] == {'text': {'variable': 'v', 'path': ['a']}}
    assert text['props'] == {'bold': True, 'raw_css': {'variable': 'v'}}
    assert (plain['component'], plain['props']) == ('Text', {'text': 'plain'})
    assert [each['kind'] for each in button['actions']['onclick']] == ['update', 'reset']
    assert button['actions']['onclick'][0]['value'] == {'kind': 'reset'}


def test_edits_of_shared_values_can_be_undone() -> None:
    """There is an action for each direction; edits of values of the tab alone are not remembered."""
    plan = Variable({'title': ''}, uid='plan', store=BackendStore())
    button = node(Button('Back', onclick=[undo(plan), redo(plan.get('title'))]))
    assert button['actions']['onclick'] == [
        {'kind': 'undo', 'target': {'variable': 'plan', 'path': []}},
        {'kind': 'redo', 'target': {'variable': 'plan', 'path': ['title']}},
    ]
    with pytest.raises(InvalidDefinition, match='only shared variables can be undone'):
        undo(Variable(''))


def every_component() -> list[ComponentInstance]:
    """Return one of each component, and of each of its forms in the client."""
    value = Variable(1, uid='v')
    return [
        Accordion(items=[AccordionItem(label='Why', content='Because', badge=ItemBadge('new'))], value=value),
        Anchor('there', href='#there'),
        Bokeh(figure()),
        Button('b', onclick=value.sync()),
        ButtonBar(items=['a', 'b'], value=value, styling=ButtonBarStyle.SECONDARY),
        Card(title='t', subtitle='s'),
        Chart([{'a': 1}], x='a', selection=value),
        Checkbox(value=value, required=True),
        CheckboxGroup(items=['a', 'b'], value=value, select_max=2),
        Code('x = 1', theme=Code.Themes.DARK),
        ComponentSelectList(items=[ComponentItem(title='a', component=Text('A'))], selected_items=value),
        Datepicker(value=value, min_date=date(2026, 1, 1)),
        Form(FormPage(Input(id_='name'), title='You'), value=value),
        Grid(Grid.Row(Grid.Column('a', span=Grid.Breakpoints(xs=12, md=6)), column_gap=2)),
        Heading('h', level=2),
        Icon('wrench'),
        Image('/static/plan.png', alt='A plan'),
        Input(value=value, type='number'),
        Input(value=value, type='date'),
        Input(value=value),
        Label(Input(value=value), value='Name', direction=Direction.HORIZONTAL),
        Link('b', to='/b'),
        Markdown('**bold**'),
        Matplotlib(Figure()),
        Modal('x', show=value),
        Paragraph('a ', Text(value)),
        Plotly({'data': []}),
        Presence(max=3),
        ProgressBar(progress=value),
        RadioGroup(items=['a', 'b'], value=value),
        Select(value=value, items=[1, {'label': 'two', 'value': 2}], multiselect=True),
        Select(value=value, items=['a']),
        Slider(value=value, domain=[0, 10], step=1, ticks=[5]),
        Spacer(line=True),
        Stack(),
        Switch(value=value, label='on'),
        TabbedCard(Tab('one', title='Tab 1'), selected_tab=value),
        Table(data=[{'a': 1}], columns=['a']),
        Text(value),
        Text(value, formatter='percent'),
        Textarea(value=value),
        Timestamp(value),
        Tooltip(Button('b'), content='explained'),
        UploadDropzone(resolver=lambda content, name: None, enable_paste=True),
    ]


def components_in(nodes: list[Any]) -> set[str]:
    inner = [each for node in nodes for slot in node['slots'].values() for each in slot]
    return {node['component'] for node in nodes} | (components_in(inner) if inner else set())


def test_every_component_can_be_drawn() -> None:
    """Its name on the wire is that of the file in the client."""
    drawn = components_in(render(every_component(), '/:').nodes)
    values = {'ButtonBarStyle', 'ButtonStyle', 'Direction', 'Item', 'ItemBadge', 'ListSection', 'RadioItem', 'Variable'}
    of_core = {'For', 'If'}
    functions = {'figure_events', 'set_default_bokeh_theme', 'set_default_plotly_theme'}
    assert (
        drawn
        == {*components.__all__, 'NumberField', 'MomentField', 'MultiSelect', 'GridRow', 'GridColumn', 'FormattedText'}
        - values
        - of_core
        - functions
    )


def test_items_are_written_in_one_form() -> None:
    """In every form, users read the label, and the value keeps its type."""
    items = ['a', 1, Item(label='x', value=2), {'label': 3, 'value': None}, ListSection('Cold', [Item('s', 'Salad')])]
    assert node(Select(items=items))['props']['items'] == [
        'a',
        1,
        {'label': 'x', 'value': 2},
        {'label': '3', 'value': None},
        {'label': 'Cold', 'items': [{'label': 'Salad', 'value': 's'}]},
    ]


def test_the_label_of_a_radio_item_can_be_a_component() -> None:
    """It is drawn in the place of its item."""
    tree = node(RadioGroup(items=['a', RadioItem(label=Text('b'), value=2)]))
    assert tree['props']['items'] == ['a', {'label': '', 'value': 2, 'slot': 0}]
    assert [each['component'] for each in tree['slots']['labels']] == ['Text']


def test_a_form_starts_with_the_values_of_its_fields() -> None:
    """Fields at any depth count, except those with a variable and those of another form."""
    form = Form(
        Input(id_='name', value='Ann'),
        Stack(Select(id_='seat', items=['window', 'aisle']), Input(id_='shared', value=Variable('', uid='v'))),
        Form(Input(id_='inner')),
    )
    assert isinstance(form.value, Variable)
    assert form.value.default == {'name': 'Ann', 'seat': None}


def test_documented_forms_of_buttons() -> None:
    """Text by position or by name, an icon by name."""
    assert node(Button(text='Save'))['props'] == node(Button('Save'))['props']
    assert node(Button('Delete', styling=ButtonStyle.ERROR))['props']['styling'] == 'error'
    (icon,) = node(Button('Save', icon='floppy-disk'))['slots']['icon']
    assert (icon['component'], icon['props']) == ('Icon', {'icon': 'floppy-disk'})


@pytest.mark.parametrize(
    ('icon', 'classes'),
    [
        (get_icon('wrench'), 'fa-solid fa-wrench'),
        (get_icon('github', style='brands', size='2x'), 'fa-2x fa-brands fa-github'),
    ],
)
def test_get_icon_names_an_icon(icon: str, classes: str) -> None:
    """The name consists of CSS class names."""
    assert icon == classes
    assert node(Icon(icon))['props'] == {'icon': classes}


def test_tables_take_columns_in_several_forms() -> None:
    """They are names, dicts or columns; only given properties are sent."""
    column = Table.column('b', label='B', formatter={'type': Table.TableFormatterType.NUMBER, 'precision': 2})
    tree = node(Table(data=[], columns=['a', column, {'col_id': 'c', 'width': 100}]))
    assert tree['props']['columns'] == [
        {'col_id': 'a'},
        {'col_id': 'b', 'label': 'B', 'formatter': {'type': 'number', 'precision': 2}},
        {'col_id': 'c', 'width': 100},
    ]


def test_action_arguments_stay_on_the_server() -> None:
    """The browser gets an id and the names of variables; static arguments can be of any type."""

    @action
    async def send(ctx: ActionCtx, secret: object, value: int, *, other: int) -> None: ...

    variable, secret = Variable(1, uid='v'), object()
    tree = render([Button('x', onclick=send(secret, variable, other=variable.get('a')))], '/:')
    (call,) = cast(Any, tree.nodes[0])['actions']['onclick']
    assert call == {
        'kind': 'call',
        'target': '/:0.onclick.0',
        'inputs': [{'variable': 'v', 'path': []}, {'variable': 'v', 'path': ['a']}],
    }
    assert tree.calls['/:0.onclick.0'].arguments == (secret, variable)


def test_an_action_checks_its_arguments_where_it_is_used() -> None:
    @action
    async def send(ctx: ActionCtx, a: int) -> None: ...

    with pytest.raises(InvalidDefinition, match="@action send: missing a required argument: 'a'"):
        send()
    with pytest.raises(InvalidDefinition, match='too many positional'):
        send(1, 2)
    with pytest.raises(InvalidDefinition, match='goes above a function'):
        action(3)  # type: ignore[arg-type]


def test_an_app_is_checked_as_a_whole() -> None:
    config = ConfigurationBuilder()
    with pytest.raises(InvalidDefinition, match='no page'):
        config.build()
    config.add_page('My Page', content=Text('x'))
    with pytest.raises(InvalidDefinition, match='have one address, /my-page'):
        config.add_page('my  page', content=Text('y'))
    config.add_page('Other', content=lambda: 3, route='other')
    with pytest.raises(InvalidDefinition, match="The page '/other' must show a component, not 3"):
        config.build()
    with pytest.raises(InvalidDefinition, match='light'):
        config.set_theme('pink')  # type: ignore[arg-type]


def test_two_variables_with_one_uid_are_an_error() -> None:
    """They would overwrite each other."""
    config = ConfigurationBuilder()
    config.add_page('A', content=Text(Variable(1, uid='same')))
    config.add_page('B', content=Text(Variable(2, uid='same')))
    with pytest.raises(ConflictingIds, match="Two different variables have the uid 'same'"):
        config.build()
