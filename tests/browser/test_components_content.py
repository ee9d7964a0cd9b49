"""Tests of components that show something: text, pictures, progress, and elements that float above the page."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import OpenTab, Show, ShowOne, at_rest, expect_json
from tests.conftest import Serve

DOT = b64decode('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7')
ANY_PATH = re.compile(r'^[Mm]\d')


async def test_markdown(show: Show) -> None:
    """GitHub's marks; it follows its variable."""
    ann, ben = await show("Markdown(it), Textarea(value=it, label='Text')", '')
    await ann.get_by_label('Text').fill('## Big\n\n**bold** ~~gone~~\n\n- [x] done\n\n| a | b |\n|---|---|\n| 1 | 2 |')
    await expect(ben.get_by_role('heading', name='Big', level=2)).to_be_visible()
    await expect(ben.locator('strong')).to_have_text('bold')
    await expect(ben.locator('del')).to_have_text('gone')
    await expect(ben.get_by_role('checkbox')).to_be_checked()
    await expect(ben.get_by_role('cell', name='2')).to_be_visible()


async def test_markdown_draws_no_html(show: Show) -> None:
    """Nor does a link run anything."""
    ann, ben = await show("Markdown(it), Textarea(value=it, label='Text')", '')
    attack = (
        '<img src=x onerror="window.hacked=1"> <script>window.hacked=1</script> [go](javascript:window.hacked=1) end'
    )
    await ann.get_by_label('Text').fill(attack)
    prose = ben.locator('.dara-prose')
    await expect(prose).to_contain_text('end')
    assert await prose.locator('img, script').count() == 0
    assert not await prose.get_by_text('go', exact=True).get_attribute('href')
    assert await ben.evaluate('window.hacked') is None


async def test_code(show_one: ShowOne) -> None:
    """Coloured; a language that has no colours here is shown all the same."""
    ann = await show_one(
        "Code(it, language='py', id_='code'), Code('qwerty', language='klingon', id_='other')", 'x = None'
    )
    await expect(ann.locator('#code .hljs-literal')).to_have_text('None')
    await expect(ann.locator('#code')).to_have_text('x = None')
    await expect(ann.locator('#other')).to_have_text('qwerty')


async def test_icon(show_one: ShowOne) -> None:
    """By name, or as `get_icon` writes it; it has a name if it is given one, and is decoration otherwise."""
    ann = await show_one(
        "Icon('wrench', label='Repair'), Icon('fa-2x fa-brands fa-github', id_='logo'), "
        "Button('Save', icon='floppy-disk')"
    )
    await expect(ann.get_by_role('img', name='Repair').locator('path')).to_have_attribute('d', ANY_PATH)
    await expect(ann.locator('#logo svg')).to_have_attribute('aria-hidden', 'true')
    await expect(ann.locator('#logo svg')).to_have_css('height', '30px')
    await expect(ann.get_by_role('button', name='Save', exact=True).locator('path')).to_have_attribute('d', ANY_PATH)


FILLED = "bar => parseFloat(getComputedStyle(bar, '::before').width) / bar.clientWidth"


async def test_progress_bar(show: Show) -> None:
    """It follows its variable, and stays between 0 and 100."""
    ann, ben = await show(
        "ProgressBar(progress=it, label='Upload'), Input(value=it, type='number', label='Percent')", 20
    )
    bar = ben.get_by_role('progressbar', name='Upload')
    await expect(bar).to_have_attribute('aria-valuenow', '20')
    assert await bar.evaluate(FILLED) == pytest.approx(0.2, abs=0.01)
    await ann.get_by_label('Percent').fill('130')
    await expect(bar).to_have_attribute('aria-valuenow', '100')
    await expect(ben.get_by_text('100%')).to_be_visible()


async def test_anchor(show_one: ShowOne) -> None:
    """A link within a sentence, to another site in a new tab, and to a place in the page."""
    ann = await show_one(
        "Anchor('Elsewhere', href='https://example.com', new_tab=True), Anchor('Down', href='#end'), "
        "Spacer(size=3000), Anchor(Text('The end'), name='end')"
    )
    elsewhere = ann.get_by_role('link', name='Elsewhere')
    await expect(elsewhere).to_have_attribute('target', '_blank')
    await expect(elsewhere).to_have_attribute('rel', 'noopener noreferrer')
    await expect(ann.get_by_text('The end')).not_to_be_in_viewport()
    await ann.get_by_role('link', name='Down').press('Enter')
    await expect(ann.get_by_text('The end')).to_be_in_viewport()


async def test_a_text_is_formatted_as_in_a_table(show: Show) -> None:
    """It follows its variable, and a value of another kind is shown as it is."""
    red = "{'type': 'number_intl', 'options': {'style': 'currency', 'currency': 'EUR'}, " + (
        "'thresholds': [{'bounds': (1000, None), 'color': 'rgb(1, 2, 3)'}]}"
    )
    ann, ben = await show(
        f"Text(it, formatter={red}, id_='money'), "
        "Text(it, formatter={'type': 'number', 'precision': 1}, id_='number'), "
        "Text(0.256, formatter='percent', id_='share'), Text('2026-07-15', formatter='datetime', id_='day'), "
        "Text('2026-07-15', formatter={'type': 'datetime', 'format': 'dd/MM/yyyy'}, id_='form'), "
        "Text('none', formatter='number', id_='none'), Text(12345, formatter='number', id_='plain'), "
        "Button('More', onclick=it.update(1234.56)), Text(it, id_='as_it_is')",
        None,
    )
    await expect(ben.locator('#number').get_by_role('img', name='missing')).to_have_text('\u2013')
    await expect(ben.locator('#as_it_is')).to_be_empty()
    await ann.get_by_role('button', name='More').click()
    for name, text in (
        ('money', '€1,234.56'),
        ('number', '1,234.6'),
        ('share', '25.6%'),
        ('day', 'Jul 15, 2026'),
        ('form', '15/07/2026'),
        ('none', 'none'),
        ('plain', '12,345'),
    ):
        await expect(ben.locator(f'#{name}')).to_have_text(text)
    await expect(ben.locator('#money')).to_have_css('color', 'rgb(1, 2, 3)')


async def test_image(show_one: ShowOne) -> None:
    """With a description for those who cannot see it."""
    picture = f'data:image/gif;base64,{b64encode(DOT).decode()}'
    ann = await show_one(f"Image('{picture}', alt='A dot', width=40), Image('{picture}', id_='decoration')")
    await expect(ann.get_by_role('img', name='A dot')).to_have_css('width', '40px')
    await expect(ann.locator('#decoration')).to_have_attribute('alt', '')


PICTURES = """
    from dara.components import Image, Markdown, Stack
    from dara.core import ConfigurationBuilder, Variable

    config = ConfigurationBuilder()
    config.add_page('Page', content=Stack(
        Image('https://pictures.test/a.gif', alt='Of the app'),
        Markdown('![In its text](https://pictures.test/b.gif)'),
        Markdown(Variable('![In what users write](https://pictures.test/c.gif)')),
    ))
"""


async def test_pictures_of_other_sites(serve: Serve, open_tab: OpenTab, browser: Browser) -> None:
    """The app may show them; those that users write are links, so that nobody learns who reads."""
    context = await browser.new_context()
    await context.route('https://pictures.test/*', lambda route: route.fulfill(body=DOT, content_type='image/gif'))
    ann = await open_tab(serve(PICTURES).url, context)
    for name in ('Of the app', 'In its text'):
        await expect(ann.get_by_role('img', name=name)).to_have_js_property('naturalWidth', 1)
    await expect(ann.get_by_role('link', name='In what users write')).to_be_visible()
    assert await ann.get_by_role('img').count() == 2


async def test_tooltip(show_one: ShowOne) -> None:
    """For the pointer, for the keyboard, and read out to those who see neither."""
    ann = await show_one(
        "Tooltip(Button('Send'), content=it), Tooltip(Text('Only text'), content='Also explained')", 'To all'
    )
    button = ann.get_by_role('button', name='Send')
    await expect(button).to_have_accessible_description('To all')
    await button.focus()
    await expect(ann.get_by_role('tooltip', name='To all')).to_be_visible()
    await ann.keyboard.press('Tab')
    await expect(ann.get_by_role('tooltip', name='Also explained')).to_be_visible()
    await expect(ann.get_by_role('tooltip', name='To all')).to_be_hidden()
    await button.hover()
    await expect(ann.get_by_role('tooltip', name='To all')).to_be_visible()


async def test_modal(show: Show) -> None:
    """It opens for everybody, keeps the focus, and Escape closes it and gives the focus back."""
    ann, ben = await show(
        "Button('Open', onclick=it.update(True)), Modal(Text('Really?'), Select(items=['a', 'b'], label='Which'), "
        "Button('Yes', onclick=it.update(False)), show=it, title='Delete')",
        False,
    )
    await ann.get_by_role('button', name='Open').press('Enter')
    await expect(ben.get_by_role('dialog', name='Delete')).to_be_visible()
    await ann.get_by_role('combobox', name='Which').click()
    await ann.get_by_role('option', name='b').click()
    await ann.get_by_role('button', name='Yes').focus()
    await ann.keyboard.press('Tab')
    await expect(ann.get_by_role('button', name='Close')).to_be_focused()
    await ann.keyboard.press('Escape')
    await expect_json(ben, False)
    await expect(ben.get_by_role('dialog')).to_be_hidden()
    await expect(ann.get_by_role('button', name='Open')).to_be_focused()


async def test_modal_that_decides_itself_whether_it_closes(show_one: ShowOne) -> None:
    """`on_attempt_close` instead of closing; `on_closed` once it is gone."""
    ann = await show_one(
        "Modal(Button('Done', onclick=it.get('show').update(False)), show=it.get('show'), title='Form', "
        "on_attempt_close=it.get('asked').update(True), on_closed=it.get('closed').update(True))",
        {'show': True, 'asked': False, 'closed': False},
    )
    await expect(ann.get_by_role('dialog', name='Form')).to_be_visible()
    await ann.keyboard.press('Escape')
    await expect_json(ann, {'show': True, 'asked': True, 'closed': False})
    await ann.get_by_role('button', name='Done').click()
    await expect_json(ann, {'show': False, 'asked': True, 'closed': True})


async def test_spacer(show_one: ShowOne) -> None:
    """Room, with a line or without."""
    ann = await show_one("Text('a'), Spacer(size=50, id_='room'), Text('b'), Spacer(line=True), Text('c')")
    await expect(ann.locator('#room')).to_have_css('height', '50px')
    await expect(ann.get_by_role('separator')).to_be_visible()


GRID = """
    from dara.components import Grid, Text
    from dara.core import ConfigurationBuilder

    half = Grid.Breakpoints(xs=12, md=6)
    config = ConfigurationBuilder()
    config.add_page('Page', content=Grid(
        Grid.Row(Grid.Column(Text('a'), span=half, id_='a'), Grid.Column(Text('b'), span=half, id_='b')),
        Grid.Row(
            Grid.Column(Text('c'), span=3, id_='c'), Grid.Column(Text('d'), id_='d'), Grid.Column(Text('e'), id_='e'),
        ),
        Grid.Row(Grid.Column(Text('f'), span=3, offset=9, id_='f'), column_gap=2),
    ))
"""


async def test_grid(serve: Serve, open_tab: OpenTab) -> None:
    """Twelve columns; those without a span share the rest; a narrow window changes the spans."""
    ann = await open_tab(serve(GRID).url, viewport={'width': 1200, 'height': 800})

    async def place(id: str) -> tuple[float, float, float]:
        box = await ann.locator(f'#{id}').bounding_box()
        assert box
        return round(box['x']), round(box['y']), round(box['width'])

    await at_rest(ann)
    (ax, ay, aw), (bx, by, bw), (_, _, cw), (_, _, dw), (_, _, ew) = [await place(each) for each in 'abcde']
    assert (ay, aw) == (by, bw)
    assert cw < dw == ew
    fx, _, fw = await place('f')
    assert fx + fw == bx + bw
    await ann.set_viewport_size({'width': 500, 'height': 800})
    await ann.locator('#b').evaluate("""b => new Promise((done) => {
        const look = () => (b.getBoundingClientRect().left < 100 ? done() : requestAnimationFrame(look))
        look()
    })""")
    (ax, ay, aw), (bx, by, bw) = await place('a'), await place('b')
    assert (ax, aw) == (bx, bw)
    assert ay < by
