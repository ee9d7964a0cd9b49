"""Themes and the filters of tables, used as the documentation of Dara uses them."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from dara.components import Table, Text
from dara.components.common.table import TableFilter
from dara.core import BaseTheme, ConfigurationBuilder, Dark, Light, ThemeColors, ThemeDef, ThemeFont, ThemeShadows
from dara.core._configuration import Configuration
from dara.core._tree import render
from dara.core.errors import InvalidProp
from dara.core.visual.components import ThemeProvider
from dara.core.visual.themes import definitions
from tests.browser.conftest import OpenTab
from tests.compat.page import press
from tests.conftest import Serve

PARTS = """
from dara.components import Button, Code, Stack, Switch, Text
from dara.core import Brand, ConfigurationBuilder, ThemeColors, ThemeDef, ThemeFont, Variable
from dara.core.visual.components import ThemeProvider
from dara.core.visual.themes import Light

theme = Light.model_copy(deep=True)
theme.colors.text = 'navy'
scheme = Variable('dark')
inner = ThemeProvider(Text('Light'), theme='light', id_='light')
purple = ThemeDef(colors=ThemeColors(primary='#7c3aed'), font=ThemeFont(size='30px'))

config = ConfigurationBuilder()
config.brand = Brand(color='#b00020')
config.add_page('Page', content=Stack(
    Text('This text is default color', id_='page'),
    ThemeProvider(Text('This text is navy'), theme=theme, id_='navy'),
    ThemeProvider(Text('Dark'), Code('1'), inner, theme=scheme, id_='dark'),
    ThemeProvider(Button('Change', onclick=scheme.update('light')), Text('Large'), theme=purple, id_='purple'),
    Button('Of the page'),
))
"""


async def test_a_part_of_a_page_has_a_theme_of_its_own(serve: Serve, open_tab: OpenTab) -> None:
    """Also one in another, one of a variable, and one that changes a colour alone; the brand stays."""
    tab = await open_tab(serve(PARTS).url, color_scheme='light')
    for name, color, ground in (
        ('page', 'rgb(35, 33, 29)', 'rgba(0, 0, 0, 0)'),
        ('navy', 'rgb(0, 0, 128)', 'rgb(248, 247, 244)'),
        ('dark', 'rgb(230, 229, 225)', 'rgb(20, 22, 24)'),
        ('light', 'rgb(35, 33, 29)', 'rgb(248, 247, 244)'),
        ('purple', 'rgb(35, 33, 29)', 'rgba(0, 0, 0, 0)'),
    ):
        await expect(tab.locator(f'#{name}')).to_have_css('color', color)
        await expect(tab.locator(f'#{name}')).to_have_css('background-color', ground)
    await expect(tab.locator('.dara-code')).to_have_css('background-color', 'rgb(23, 25, 27)')
    await expect(tab.get_by_text('Large')).to_have_css('font-size', '30px')
    await expect(tab.get_by_role('button', name='Change')).to_have_css('background-color', 'rgb(124, 58, 237)')
    await expect(tab.get_by_role('button', name='Of the page')).to_have_css('background-color', 'rgb(176, 0, 32)')
    await press(tab, 'Change')
    await expect(tab.locator('#dark')).to_have_css('color', 'rgb(35, 33, 29)')


def test_the_theme_of_a_part_is_checked() -> None:
    """Its base, too."""
    with pytest.raises(InvalidProp, match="theme: takes a ThemeDef, 'light', 'dark', or a variable, not 'pink'"):
        ThemeProvider(theme='pink')
    with pytest.raises(InvalidProp, match="base: takes 'light', 'dark', or a variable, not 'pink'"):
        ThemeProvider(theme=ThemeDef(), base='pink')


def app(**theme: object) -> Configuration:
    """Return an app with that theme."""
    config = ConfigurationBuilder()
    config.add_page('Page', content=Text('x'))
    config.set_theme(**theme)  # type: ignore[arg-type]
    return config.build()


def test_an_app_has_a_theme_of_dara() -> None:
    """Given as `Light` or `Dark`, by name, or by the name of the argument."""
    assert app(main_theme=Light).theme == app(main_theme='light').theme == 'light'
    assert app(main_theme=Dark).theme == 'dark'
    assert app(main_theme=BaseTheme(main='dark')).theme == 'dark'


def test_an_app_has_colours_of_its_own() -> None:
    """A theme may name only what it changes."""
    theme = ThemeDef(
        colors=ThemeColors(primary='#7c3aed', background='#0b1020', text='#ffffff'),
        font=ThemeFont(size='17px'),
        shadow=ThemeShadows(light='none', medium='none'),
        themeType='dark',
    )
    assert app(main_theme=theme, base_theme='dark').theme == 'dark'
    assert definitions.ThemeDef is ThemeDef


@pytest.mark.parametrize('kind', [*TableFilter])
def test_a_column_has_a_filter(kind: TableFilter) -> None:
    """Its name is that of the documentation."""
    assert TableFilter is Table.TableFilter
    table = Table(data=[{'a': 1}], columns=[Table.column('a', filter=kind)])
    columns = render([table], '/:').nodes[0]
    assert columns['props']['columns'] == [{'col_id': 'a', 'filter': kind.value}]  # type: ignore[index, call-overload]
