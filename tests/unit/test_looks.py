"""Tests of the looks of an app: contrasts of any accent, widths, files, and mistakes in them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dara.components import Text
from dara.core import BaseTheme, Brand, ConfigurationBuilder, Dark, Light, ThemeColors, ThemeDef, ThemeFont, Variable
from dara.core._colors import contrast, mix, parse, to_hex
from dara.core._looks import css_of
from dara.core.errors import InvalidDefinition

COLORS = st.tuples(*[st.integers(0, 255)] * 3).map(lambda rgb: '#{:02x}{:02x}{:02x}'.format(*rgb))
SURFACES = {'light': ('#f8f7f4', '#ffffff'), 'dark': ('#141618', '#1c1f21')}


def values_of(css: str, scheme: str) -> dict[str, str]:
    """Return the custom properties of a scheme."""
    [block] = re.findall(rf'scheme="{scheme}"\]{{(.*?)}}', css)
    return dict(each.split(':', 1) for each in block.split(';'))


@settings(deadline=None)
@given(COLORS)
def test_any_accent_can_be_read_in_both_schemes(color: str) -> None:
    """As text, under text, and as the edge of a control."""
    css = css_of(Brand(color=color), None)
    for scheme, grounds in SURFACES.items():
        values = values_of(css, scheme)
        fill, on_fill = values['--mantine-color-pine-filled'], values['--dara-on-fill']
        assert contrast(parse(on_fill), parse(fill)) >= 4.5
        assert contrast(parse(on_fill), parse(values['--mantine-color-pine-filled-hover'])) >= 4.5
        assert contrast(parse(fill), parse(grounds[1])) >= 2.99
        assert min(contrast(parse(values['--dara-primary']), parse(ground)) for ground in grounds) >= 4.5


@settings(deadline=None)
@given(COLORS, COLORS)
def test_any_theme_can_be_read(background: str, text: str) -> None:
    """Its text, dimmed text, and edges."""
    theme = ThemeDef(colors=ThemeColors(background=background, text=text, error='#ff0000'))
    css = css_of(Brand(), theme)
    own = next(scheme for scheme in SURFACES if f'"{scheme}"]{{--mantine-color-body' in css)
    values = values_of(css, own)
    for ground in (parse(values['--mantine-color-body']), parse(values['--dara-surface'])):
        assert contrast(parse(values['--mantine-color-text']), ground) >= 4.5
        assert contrast(parse(values['--mantine-color-dimmed']), ground) >= 4.5
        assert contrast(parse(values['--dara-edge']), ground) >= 2.99


def test_a_readable_accent_stays_as_it_is() -> None:
    assert (
        values_of(css_of(Brand(color='rgb(124, 58, 237)'), None), 'light')['--mantine-color-pine-filled'] == '#7c3aed'
    )


def test_an_app_without_a_brand_has_no_rules() -> None:
    assert css_of(Brand(), None) == ''


@pytest.mark.parametrize('color', ['#000', '#fff', '#7c3aed', '#ffd400'])
def test_mixtures_end_with_the_two_colors(color: str) -> None:
    one, other = parse(color), parse('#123456')
    assert to_hex(mix(one, other, 0)) == to_hex(one)
    assert to_hex(mix(one, other, 1)) == '#123456'


@pytest.mark.parametrize(
    ('theme', 'scheme'),
    [
        (ThemeDef(colors=ThemeColors(primary='#7c3aed')), 'auto'),
        (ThemeDef(colors=ThemeColors(background='#0b1020')), 'dark'),
        (ThemeDef(colors=ThemeColors(background='#fffbe8')), 'light'),
        (ThemeDef(themeType='dark'), 'dark'),
        (Light, 'light'),
        (Dark, 'dark'),
        (BaseTheme(main=ThemeDef(font=ThemeFont(size='18px')), base='dark'), 'dark'),
        (BaseTheme(main='dark'), 'dark'),
    ],
)
def test_a_theme_is_for_the_scheme_of_its_background(theme: ThemeDef | BaseTheme, scheme: str) -> None:
    """Unless it names one."""
    config = ConfigurationBuilder()
    config.set_theme(theme)
    assert config.theme == scheme


def set_brand(config: ConfigurationBuilder) -> None:
    config.brand = '#7c3aed'  # type: ignore[assignment]


def set_width(config: ConfigurationBuilder) -> None:
    config.width = 'huge'  # type: ignore[assignment]


@pytest.mark.parametrize(
    ('mistake', 'message'),
    [
        (lambda _: Brand(color='mauve'), "Brand.color: a colour is written as '#176859'"),
        (lambda _: Brand(radius=99), 'Brand.radius takes pixels from 0 to 40, not 99'),
        (lambda _: Brand(font='Inter; } body {'), 'Brand.font takes names of fonts'),
        (set_brand, 'config.brand is a Brand'),
        (set_width, "config.width is 'narrow', 'normal', 'wide', 'full', or a number of pixels from 200, not 'huge'"),
        (lambda config: config.add_page('A', Text('a'), width=20), 'The width of a page is'),
        (lambda config: config.router.add_page(path='a', content=Text('a'), width='x'), 'The width of a page is'),
        (lambda config: config.set_theme(Variable(Light)), 'and no ThemeDef'),
        (lambda config: config.set_theme('blue'), "set_theme takes 'light', 'dark' or 'auto'"),
    ],
)
def test_a_mistake_is_explained(mistake: Callable[[ConfigurationBuilder], object], message: str) -> None:
    with pytest.raises(InvalidDefinition, match=re.escape(message)):
        mistake(ConfigurationBuilder())


@pytest.mark.parametrize(
    ('brand', 'css'),
    [
        (Brand(logo='no.svg'), []),
        (Brand(favicon='../app.py'), []),
        (Brand(), ['no.css']),
        (Brand(logo='/etc/hosts'), []),
    ],
)
def test_a_file_that_is_missing_is_found_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, brand: Brand, css: list[str]
) -> None:
    (tmp_path / 'static').mkdir()
    monkeypatch.chdir(tmp_path)
    config = ConfigurationBuilder()
    config.brand = brand
    for each in css:
        config.add_css(each)
    config.add_page('A', Text('a'))
    with pytest.raises(InvalidDefinition, match='there is no file'):
        config.build()
