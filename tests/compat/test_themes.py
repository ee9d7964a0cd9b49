"""Themes and the filters of tables, used as the documentation of Dara uses them."""

from __future__ import annotations

import pytest

from dara.components import Table, Text
from dara.components.common.table import TableFilter
from dara.core import BaseTheme, ConfigurationBuilder, Dark, Light, ThemeColors, ThemeDef, ThemeFont, ThemeShadows
from dara.core._configuration import Configuration
from dara.core._tree import render
from dara.core.visual.themes import definitions


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
