"""The names and props of charts, used as the documentation of Dara uses them."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations
from typing import Any, cast

import matplotlib
import numpy as np
import plotly.express as px
import pytest
from bokeh.document import Document
from bokeh.models import TapTool
from bokeh.plotting import figure
from matplotlib.figure import Figure

from dara.components import Bokeh, Matplotlib, Plotly, figure_events, set_default_bokeh_theme, set_default_plotly_theme
from dara.components.plotting import palettes
from dara.components.plotting.bokeh import bokeh, themes
from dara.components.plotting.plotly import dark_theme, light_theme, plotly
from dara.core import Variable
from dara.core._tree import render
from dara.core.errors import InvalidProp

SCHEMES = {'Light': '#f8f7f4', 'Dark': '#141618'}
"""The colours of the page."""
SIZES = {'Categorical': 10, 'Sequential': 10, 'Polarising': 11}
IMPORTED = (
    'import '
    'CategoricalDark CategoricalDark1 CategoricalDark2 CategoricalDark3 CategoricalDark4 '
    'CategoricalDark5 CategoricalDark6 CategoricalDark7 CategoricalDark8 CategoricalDark9 '
    'CategoricalDark10 CategoricalLight CategoricalLight1 CategoricalLight2 CategoricalLight3 '
    'CategoricalLight4 CategoricalLight5 CategoricalLight6 CategoricalLight7 CategoricalLight8 '
    'CategoricalLight9 CategoricalLight10 PolarisingDark PolarisingDark1 PolarisingDark2 '
    'PolarisingDark3 PolarisingDark4 PolarisingDark5 PolarisingDark6 PolarisingDark7 PolarisingDark8 '
    'PolarisingDark9 PolarisingDark10 PolarisingDark11 PolarisingLight PolarisingLight1 '
    'PolarisingLight2 PolarisingLight3 PolarisingLight4 PolarisingLight5 PolarisingLight6 '
    'PolarisingLight7 PolarisingLight8 PolarisingLight9 PolarisingLight10 PolarisingLight11 '
    'SequentialDark SequentialDark1 SequentialDark2 SequentialDark3 SequentialDark4 SequentialDark5 '
    'SequentialDark6 SequentialDark7 SequentialDark8 SequentialDark9 SequentialDark10 '
    'SequentialLight SequentialLight1 SequentialLight2 SequentialLight3 SequentialLight4 '
    'SequentialLight5 SequentialLight6 SequentialLight7 SequentialLight8 SequentialLight9 '
    'SequentialLight10 '
)
COLOUR_BLINDNESS = {
    'none': ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    'protan': ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    'deutan': ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    'tritan': ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}
"""The rest of the linear colours red, green and blue, after Machado, Oliveira and Fernandes (2009)."""


def test_the_names_of_palettes_are_these() -> None:
    assert palettes.__all__ == IMPORTED.split()[1:]


@pytest.mark.parametrize('scheme', SCHEMES)
@pytest.mark.parametrize('kind', SIZES)
def test_a_palette_has_every_size(kind: str, scheme: str) -> None:
    by_size = getattr(palettes, f'{kind}{scheme}')
    assert list(by_size) == list(range(1, SIZES[kind] + 1))
    for size, palette in by_size.items():
        assert getattr(palettes, f'{kind}{scheme}{size}') == palette
        assert len(set(palette)) == size


@pytest.mark.parametrize('blindness', COLOUR_BLINDNESS)
@pytest.mark.parametrize('scheme', SCHEMES)
def test_categories_can_be_told_apart(scheme: str, blindness: str) -> None:
    """With every kind of colour blindness, and from the page."""
    colours = [linear(colour) for colour in getattr(palettes, f'Categorical{scheme}10')]
    seen = [
        lab(tuple(sum(map(float.__mul__, map(float, row), each)) for row in COLOUR_BLINDNESS[blindness]))
        for each in colours
    ]
    assert min(distance(*pair) for pair in combinations(seen, 2)) > 12
    assert all(contrast(each, linear(SCHEMES[scheme])) > 2.4 for each in colours)


def test_the_props_of_plotly() -> None:
    variable: Variable[object] = Variable(None)
    given = {'data': [{'type': 'bar', 'y': [1]}], 'layout': {}}
    event = Plotly.Event(
        event_name=Plotly.EventName.CLICK, custom_js='figure.layout.title = "clicked"', actions=[variable.sync()]
    )
    node = render([Plotly(given, theme=dark_theme, events=[event], min_height=350)], '/:').nodes[0]
    props, actions = cast(Any, node['props']), cast(Any, node['actions'])
    assert props['figure'] == given
    assert props['scripts'] == {'plotly_click': 'figure.layout.title = "clicked"'}
    assert props['theme'] == {'light': dark_theme, 'dark': dark_theme}
    assert list(actions) == ['events:plotly_click']


def test_the_props_of_bokeh() -> None:
    chosen: Variable[object] = Variable(None)
    plot = figure()
    event = figure_events(plot)(event_name='CLICK', code='return args.scalar')
    plot.add_tools(TapTool(callback=event({'scalar': 10})))
    node = render([Bokeh(plot, events=[('CLICK', [chosen.sync()])], theme=themes.dark_theme)], '/:').nodes[0]
    assert list(cast(dict[str, Any], node['actions'])) == ['events:CLICK']
    document = Document()
    document.add_root(figure(width=300))
    root = Bokeh(document=document).figure['roots'][0]
    assert root['attributes']['width'] == 300
    assert 'sizing_mode' not in root['attributes']
    with pytest.raises(InvalidProp, match='takes a figure, or document a document, but not both'):
        Bokeh()
    with pytest.raises(InvalidProp, match=r"events: takes pairs such as \('CLICKED', variable\.sync\(\)\)"):
        Bokeh(plot, events=['CLICK'])


def test_the_default_themes_can_be_replaced() -> None:
    data: dict[str, Any] = {'data': []}
    try:
        set_default_plotly_theme(dark_theme)
        set_default_bokeh_theme(themes.dark_theme)
        assert Plotly(data).theme == {'light': dark_theme, 'dark': dark_theme}
        assert Bokeh(figure()).theme == {'light': themes.dark_theme, 'dark': themes.dark_theme}
    finally:
        plotly.DEFAULT_THEMES.reset()
        bokeh.DEFAULT_THEMES.reset()
    assert Plotly(data).theme == {'light': light_theme, 'dark': dark_theme}


def test_equal_figures_have_equal_json() -> None:
    """An unchanged result is not drawn again."""

    def drawn() -> list[Any]:
        plot, graphic = figure(title='a'), Figure()
        plot.line([1, 2], np.array([1.5, 2]))
        graphic.subplots().plot([1, 2])
        return [Bokeh(plot).figure, Matplotlib(graphic).figure, Plotly(px.scatter(x=[1, 2], y=[2, 1])).figure]

    assert drawn() == drawn()


@pytest.mark.parametrize('name', ['Bokeh', 'Matplotlib', 'Plotly'])
def test_a_chart_without_its_package_says_what_to_install(name: str) -> None:
    """Importing the components loads none of the packages."""
    package = name.lower()
    check = (
        f'import sys; sys.modules[{package!r}] = None\nfrom dara.components import *\n'
        f'assert not {{"bokeh", "matplotlib", "plotly", "numpy"}} - {{{package!r}}} & set(sys.modules)\n{name}({{}})'
    )
    run = subprocess.run([sys.executable, '-c', check], capture_output=True, text=True)
    assert f"{name} needs {package}, which is not installed: pip install 'dara-live[{package}]'" in run.stderr


def test_a_mistake_names_the_prop() -> None:
    with pytest.raises(InvalidProp, match='Plotly: figure: takes a figure, or a variable that holds one, not 3'):
        Plotly(3)
    with pytest.raises(InvalidProp, match=r'Plotly: events: takes Plotly\.Event'):
        Plotly({'data': []}, events=[{'event_name': 'click'}])


def linear(colour: str) -> tuple[float, ...]:
    """Return the linear red, green and blue of a colour of CSS."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return tuple(each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels)


def lab(colour: tuple[float, ...]) -> tuple[float, float, float]:
    """Return a linear colour in the space L*a*b*."""
    red, green, blue = (min(1, max(0, each)) for each in colour)
    xyz = (
        (0.4125 * red + 0.3576 * green + 0.1804 * blue) / 0.9505,
        0.2127 * red + 0.7152 * green + 0.0722 * blue,
        (0.0193 * red + 0.1192 * green + 0.9503 * blue) / 1.0888,
    )
    x, y, z = (each ** (1 / 3) if each > 0.008856 else 7.787 * each + 16 / 116 for each in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def distance(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    return float(sum((one - other) ** 2 for one, other in zip(a, b, strict=True)) ** 0.5)


def contrast(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Return the contrast of two linear colours as WCAG defines it."""
    dark, light = sorted(0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in (a, b))
    return (light + 0.05) / (dark + 0.05)


def test_a_figure_of_matplotlib_is_whole() -> None:
    """It grows where something reaches over an edge, and by no more; otherwise its size is that of the app."""
    small, plain, fitted, far = [Figure(figsize=(5, 3.5), layout=each) for each in (None, None, 'constrained', None)]
    for each in (small, fitted):
        each.subplots().set(xlabel='Size', ylabel='Number of all flats', ylim=(0, 20_000_000))
        each.axes[0].ticklabel_format(style='plain')
    plain.subplots()
    far.subplots().text(9, 9, 'far away')
    shown = cast(Any, Matplotlib(small).figure)
    assert 500 < shown['width'] < 560
    assert 336 < shown['height'] < 360
    for each in (plain, fitted, far):
        shown = cast(Any, Matplotlib(each).figure)
        assert (shown['width'], shown['height']) == (480, 336)
    with matplotlib.rc_context({'savefig.bbox': 'tight'}):
        assert cast(Any, Matplotlib(plain).figure)['width'] < 480
