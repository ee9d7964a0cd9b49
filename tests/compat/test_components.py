"""Props of components, used as the documentation of Dara uses them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, cast

import pytest
from playwright.async_api import expect

from dara.components import (
    Accordion,
    AccordionItem,
    Anchor,
    Button,
    Card,
    CheckboxGroup,
    Form,
    FormPage,
    Grid,
    Heading,
    Input,
    Item,
    Label,
    Modal,
    Paragraph,
    Select,
    Slider,
    Stack,
    Switch,
    Tab,
    TabbedCard,
    Table,
    Text,
)
from dara.core import If, TopBarFrame, Variable
from dara.core._tree import render
from dara.core.component import ComponentInstance, ErrorHandlingConfig
from dara.core.css import CSSProperties
from dara.core.errors import InvalidDefinition, InvalidProp
from dara.core.visual.styled import StyledComponentInstance
from tests.browser.conftest import OpenTab, Show, ShowOne, at_rest, expect_json
from tests.conftest import Serve


def node(component: ComponentInstance) -> dict[str, Any]:
    return cast(dict[str, Any], render([component], '/:').nodes[0])


def loose(**props: Any) -> dict[str, Any]:
    """Return props that a type checker would reject."""
    return props


def text_of(component: ComponentInstance) -> Any:
    return cast(Any, component).text


# Unknown props


def test_an_unknown_prop_is_ignored_and_logged_once_with_its_place(caplog: pytest.LogCaptureFixture) -> None:
    """Apps pass props that a component never had; they work, and their author is told."""
    for _ in range(2):
        column = Grid.Column(Text('x'), **loose(align_items='center'))
    assert 'align_items' not in node(column)['props']
    (message,) = [record.getMessage() for record in caplog.records]
    assert f'{__file__}, line ' in message
    assert "Column has no prop 'align_items'; it is ignored. Did you mean 'align'?" in message


@pytest.mark.parametrize(
    ('mistake', 'meant'),
    [
        (lambda: Text('x', **loose(colour='red')), 'color'),
        (lambda: Button('x', **loose(on_click=None)), 'onclick'),
        (lambda: Select(items=['a'], **loose(lable='b')), 'label'),
        (lambda: Stack(**loose(id='x')), 'id_'),
        (lambda: Table.column('a', widht=3), 'width'),
    ],
)
def test_a_misspelt_prop_is_an_error(mistake: Callable[[], object], meant: str) -> None:
    with pytest.raises(InvalidProp, match=f'Did you mean {meant!r}'):
        mistake()


def test_a_documented_prop_that_is_not_here_yet_says_so(caplog: pytest.LogCaptureFixture) -> None:
    """Even if it looks like another one that is here."""
    TopBarFrame(top_bar=[], content=Text('x'), **loose(logo_position='top'))
    logged = ' '.join(record.getMessage() for record in caplog.records)
    assert "'logo_position' is not here yet" in logged


def test_a_component_in_javascript_says_that_there_are_none() -> None:
    with pytest.raises(InvalidDefinition, match='Chart: js_module: components in JavaScript are not supported'):
        type('Chart', (StyledComponentInstance,), {'js_module': '@acme/charts', '__module__': __name__})


# Containers


@pytest.mark.parametrize(
    'container',
    [
        Stack(),
        Paragraph(),
        Grid(),
        Grid.Row(),
        Grid.Column(),
        Card(),
        Form(),
        FormPage(),
        Modal(show=Variable(True)),
        Tab(title='t'),
        Button(Text('first')),
    ],
    ids=lambda container: type(container).__name__,
)
def test_a_container_can_be_filled_step_by_step(container: Stack) -> None:
    before = len(container.children)
    container.append(Text('one'))
    container.append('two')
    assert [text_of(child) for child in container.children[before:]] == ['one', 'two']
    assert text_of(container.pop()) == 'two'
    assert len(container.children) == before + 1


def test_an_empty_container_cannot_give_a_child() -> None:
    with pytest.raises(IndexError, match='Stack is empty'):
        Stack().pop()


def test_what_is_appended_is_checked() -> None:
    """As it would have been if it had been there from the beginning."""
    card = TabbedCard(Tab(title='a'))
    card.append(Tab(title='b'))
    assert [cast(Tab, tab).title for tab in card.children] == ['a', 'b']
    for mistake in (Tab(title='a'), Text('x'), object()):
        with pytest.raises(InvalidProp, match='TabbedCard: children'):
            card.append(mistake)
    with pytest.raises(InvalidProp, match='AccordionItem can only be in Accordion'):
        Stack().append(AccordionItem(label='x'))
    with pytest.raises(InvalidProp, match='takes one component, not 2'):
        Label(Text('a'), value='b').append(Text('c'))
    assert len(card.children) == 2


def test_parts_of_an_accordion() -> None:
    accordion = Accordion(items=[AccordionItem(label='one')])
    accordion.append(AccordionItem(label='two'))
    assert [item.label for item in accordion.items] == ['one', 'two']
    assert cast(AccordionItem, accordion.pop()).label == 'two'


def test_a_field_that_is_appended_belongs_to_the_form() -> None:
    form = Form(Input(id='name', value='Ann'))
    form.append(Switch(id='agreed'))
    assert isinstance(form.value, Variable)
    assert form.value.default == {'name': 'Ann', 'agreed': None}


@pytest.mark.parametrize('children', [[Text('a'), None, 'b'], (Text('a'), None, 'b')], ids=['list', 'tuple'])
@pytest.mark.parametrize('kind', [Stack, Card, Grid.Row, Grid.Column, Form, Paragraph])
def test_children_by_keyword(kind: type[Stack], children: Any) -> None:
    assert [text_of(child) for child in kind(children=children).children] == ['a', 'b']


def test_a_component_of_the_app_takes_children_as_a_tuple() -> None:
    class Panel(StyledComponentInstance):
        children: list[ComponentInstance]

    assert len(Panel(children=cast(Any, (Text('a'), Text('b')))).children) == 2


# Items


def test_items_of_a_data_frame() -> None:
    """As in `items=[*df.year.unique()]`: what is chosen is a plain number."""
    np, pd = pytest.importorskip('numpy'), pytest.importorskip('pandas')
    frame = pd.DataFrame({'year': [2024, 2025, 2024], 'name': ['a', 'b', 'c'], 'share': [0.5, 0.25, 1]})
    assert node(Select(items=[*frame.year.unique()]))['props']['items'] == [2024, 2025]
    assert node(Select(**loose(items=frame.year.unique())))['props']['items'] == [2024, 2025]
    assert node(CheckboxGroup(items=frame.name))['props']['items'] == ['a', 'b', 'c']
    assert node(CheckboxGroup(items=[np.bool_(True), np.float32(0.5), np.str_('x')]))['props']['items'] == [
        True,
        0.5,
        'x',
    ]
    dates = np.array(['2026-01-01', '2026-01-02'], dtype='datetime64[D]')
    assert node(Select(**loose(items=dates)))['props']['items'] == ['2026-01-01', '2026-01-02']
    slider = Slider(domain=[frame.year.min(), frame.year.max()], **loose(step=np.int64(1), ticks=frame.year.unique()))
    assert slider.domain == [2024.0, 2025.0]


def test_item_of_anything() -> None:
    item = Item('a', 'A')
    assert Item.to_item(item) is item
    assert Item.to_item(3) == Item(value=3, label='3')
    assert Item.to_item({'label': 3, 'value': None}) == Item(value=None, label='3')
    with pytest.raises(InvalidProp, match='Item: takes a dict such as'):
        Item.to_item({'label': 'x'})


def test_a_heading_has_an_anchor() -> None:
    heading = Heading('This is a  second-level heading', level=2)
    assert heading.anchor_name == 'this-is-a-second-level-heading'
    assert node(heading)['props']['id_'] == heading.anchor_name
    assert node(Anchor('up', href=f'#{heading.anchor_name}'))['props']['href'] == '#this-is-a-second-level-heading'
    with pytest.raises(InvalidDefinition, match='the heading is a variable'):
        _ = Heading(Variable('x')).anchor_name


def test_styles_of_python() -> None:
    """A dict, its class, a string, a variable; on all components."""
    assert node(Stack(raw_css=CSSProperties(maxWidth='100px', color=None)))['props']['raw_css'] == {'maxWidth': '100px'}
    condition = Variable(True)
    tree = node(If(condition, Text('x'), raw_css=Variable('color: red', uid='css')))
    assert tree['variables']['raw_css']['variable'] == 'css'
    for wrong in (3, {'color': ['red']}):
        with pytest.raises(InvalidProp, match='raw_css: takes'):
            Text('x', raw_css=wrong)
    with pytest.raises(InvalidProp, match='raw_css: takes'):
        ErrorHandlingConfig(raw_css=3)


# In the browser


async def test_a_form_is_keyed_by_the_ids_of_its_fields(show: Show) -> None:
    """`id` names the member; `id_` is the element's."""
    fields = "Input(id='name', id_='field', label='Name'), Switch(id='agreed', label='Agreed')"
    ann, ben = await show(f"Form({fields}, Select(id='seat', items=[1, 2], label='Seat'), value=it)", {})
    await ann.get_by_label('Name').fill('Ann')
    await ann.get_by_role('switch', name='Agreed').press('Space')
    await expect_json(ben, {'name': 'Ann', 'agreed': True})
    await expect(ben.locator('#field')).to_have_value('Ann')


async def test_a_slider_can_be_typed_into(show: Show) -> None:
    """A button switches to a field, unless the slider has none."""
    sliders = (
        "Slider(domain=[0, 10], value=it, label='Seats'), "
        "Slider(domain=[0, 1], value=Variable(0.5), label='Plain', disable_input_alternative=True)"
    )
    ann, ben = await show(sliders, 3)
    button = ann.get_by_role('button', name='Type the value')
    await expect(button).to_have_count(1)
    await button.click()
    field = ann.get_by_role('textbox', name='Seats')
    await field.fill('7')
    await field.press('Enter')
    await expect_json(ben, 7)
    for text, reason in (
        ('many', '“many” is not a number.'),
        ('700', 'Enter 10 or less.'),
        ('2.5', 'Enter 2 or 3.'),
        ('', 'Fill this in.'),
    ):
        await field.fill(text)
        await field.blur()
        await expect(field).to_have_value(text)
        await expect(field).to_have_accessible_description(reason)
    await expect(field).to_have_css('height', '36px')
    await field.press('Escape')
    await expect(field).to_have_value('7')
    await field.fill('10')
    await expect(field).not_to_have_attribute('aria-invalid', 'true')
    await button.click()
    await expect(ann.get_by_role('slider', name='Seats')).to_have_attribute('aria-valuenow', '10')
    await expect_json(ben, 10)


async def test_a_range_can_be_typed_in(show: Show) -> None:
    ann, ben = await show("Slider(domain=[0, 10], value=it, thumb_labels=['low', 'high'])", [2, 4])
    await expect(ann.get_by_text('low', exact=True)).to_be_visible()
    await ann.get_by_role('button', name='Type the value').click()
    await ann.get_by_role('textbox', name='high').fill('9')
    await ann.get_by_role('textbox', name='low').fill('1')
    await ann.get_by_role('textbox', name='low').blur()
    await expect_json(ben, [1, 9])
    await ann.get_by_role('textbox', name='low').fill('10')
    await ann.get_by_role('textbox', name='low').press('Enter')
    await expect(ann.get_by_text('Enter 9 or less.')).to_be_visible()


async def test_the_coloured_part_of_a_rail(show_one: ShowOne) -> None:
    """In percent of the rail: up to the thumb, from the thumb, both."""
    kinds = ['', 'rail_from_start=False, rail_to_end=True', 'rail_to_end=True', 'rail_from_start=False']
    sliders = ', '.join(f'Slider(domain=[0, 10], value=it, {kind})' for kind in kinds)
    ann = await show_one(f'{sliders}, Slider(domain=[0, 10], value=Variable([4, 6]), rail_from_start=True)', 4)
    await expect(ann.get_by_role('slider')).to_have_count(6)
    parts = await ann.evaluate(_BARS)
    assert parts == [[0, 40], [40, 100], [0, 100], None, [0, 60]]


_BARS = """() => [...document.querySelectorAll('[class*=Slider-bar]')].map((bar) => {
    const rail = bar.parentElement.getBoundingClientRect(), own = bar.getBoundingClientRect()
    if (own.width === 0) return null
    const clip = (x) => Math.min(Math.max(x, 0), 100)
    return [own.left, own.right].map((x) => Math.round(clip(100 * (x - rail.left) / rail.width) / 10) * 10)
})"""


async def test_a_click_in_a_clickable_component(serve: Serve, open_tab: OpenTab) -> None:
    """It stays with the inner button, unless that lets it through."""
    server = serve("""
from dara.components import *
from dara.core import ConfigurationBuilder, Variable

pressed = Variable([])
item = lambda label, **props: AccordionItem(label=Button(label, onclick=pressed.update(label), **props), content='open')
config = ConfigurationBuilder()
config.add_page('Page', content=Stack(
    Accordion(items=[item('quiet'), item('loud', stop_click_propagation=False)], value=[]), Text(pressed, id_='json'),
))
""")
    tab = await open_tab(server.url)
    await tab.get_by_text('quiet').click()
    await expect(tab.locator('#json')).to_have_text('quiet')
    await expect(tab.get_by_text('open', exact=True).nth(0)).to_be_hidden()
    await tab.get_by_text('loud').click()
    await expect(tab.locator('#json')).to_have_text('loud')
    await expect(tab.get_by_text('open', exact=True).nth(1)).to_be_visible()


async def test_rows_and_size_of_a_select(show_one: ShowOne) -> None:
    items = [f'a long name, number {index}' for index in range(12)]
    chosen = items[:10]
    select = (
        f'Select(items={items}, multiselect=True, label={{!r}}, value=Variable({chosen}), max_rows={{}}, width=300)'
    )
    large = "Select(items=['a'], value=Variable('a'), label='Large', size=2)"
    ann = await show_one(f'{select.format("Two", 2)}, {select.format("Five", 5)}, {large}')
    await at_rest(ann)
    heights = [await field_height(ann, name) for name in ('Two', 'Five')]
    assert 40 < heights[0] < 90 < heights[1] < 180
    await expect(ann.get_by_role('combobox', name='Large')).to_have_css('font-size', '32px')


async def field_height(tab: Any, name: str) -> float:
    field = tab.locator('.mantine-MultiSelect-root', has_text=name).locator('.mantine-MultiSelect-input')
    return float((await field.bounding_box())['height'])


async def test_css_of_every_kind(serve: Serve, open_tab: OpenTab) -> None:
    """A string, a dict in either spelling, the class, a variable; nested rules reach children and states."""
    tab = await open_tab(serve('compat_styled').url)
    for name in ('string', 'kebab', 'camel', 'class', 'variable', 'wrapped'):
        await expect(tab.locator(f'#{name}')).to_have_css('background-color', 'rgb(1, 2, 3)')
    await expect(tab.locator('#nested')).to_have_css('background-color', 'rgb(1, 2, 3)')
    await expect(tab.locator('#nested .dara-text')).to_have_css('color', 'rgb(4, 5, 6)')
    await expect(tab.locator('#other')).not_to_have_css('color', 'rgb(4, 5, 6)')
    for name in ('dict', 'changing'):
        await expect(tab.locator(f'#{name}')).to_have_css('background-color', 'rgb(1, 2, 3)')
        text = tab.locator(f'#{name} .dara-text')
        await expect(text).to_have_css('color', 'rgb(4, 5, 6)')
        await expect(text).to_have_css('line-height', '60px')
    await tab.get_by_role('button', name='Hide').click()
    await expect(text).not_to_have_css('color', 'rgb(4, 5, 6)')
    await tab.locator('#nested').hover()
    await expect(tab.locator('#nested')).to_have_css('opacity', '0.5')
    await tab.get_by_role('button', name='Change').click()
    await expect(tab.locator('#variable')).to_have_css('background-color', 'rgb(7, 8, 9)')
    await expect(tab.locator('#variable .dara-text')).to_have_css('color', 'rgb(4, 5, 6)')


async def test_css_of_a_variable_cannot_fetch(serve: Serve, open_tab: OpenTab) -> None:
    """Rules that somebody else has written must not tell another site what the page shows."""
    tab = await open_tab(serve('compat_styled').url)
    await expect(tab.locator('#fetching')).to_have_css('background-color', 'rgb(1, 2, 3)')
    await expect(tab.locator('#fetching .dara-text')).to_have_css('background-image', 'none')
    await expect(tab.locator('#escaping')).to_be_visible()
    await expect(tab.locator('body')).not_to_have_css('color', 'rgb(4, 5, 6)')


def test_the_log_has_the_lines(caplog: pytest.LogCaptureFixture) -> None:
    """One line for each place."""
    with caplog.at_level(logging.WARNING, logger='dara'):
        Text('x', **loose(zzzz=1))
        Text('x', **loose(zzzz=1))
    assert len({record.getMessage() for record in caplog.records}) == 2
