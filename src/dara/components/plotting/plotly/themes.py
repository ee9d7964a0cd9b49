"""The themes of plotly figures: templates of plotly, for light and for dark pages."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from dara.components.plotting.palettes import (
    CategoricalDark10,
    CategoricalLight10,
    PolarisingDark11,
    PolarisingLight11,
    SequentialDark10,
    SequentialLight10,
)

_FONT: Final = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
_CLEAR: Final = 'rgba(0, 0, 0, 0)'
_COLOURED: Final = (
    'contour', 'contourcarpet', 'heatmap', 'histogram2d', 'histogram2dcontour', 'surface', 'choropleth', 'densitymap',
)  # fmt: skip
"""The kinds of traces that colour amounts."""


class _Scheme(NamedTuple):
    """The colours of a page, and the palettes for it."""

    text: str
    dimmed: str
    line: str
    edge: str
    surface: str
    primary: str
    categorical: list[str]
    sequential: list[str]
    polarising: list[str]


def _theme(scheme: _Scheme) -> dict[str, Any]:
    scale = _scale(scheme.sequential)
    data = {kind: [{'type': kind, 'colorscale': scale, 'colorbar': _bar(scheme)}] for kind in _COLOURED}
    return {'layout': {**_layout(scheme), **_places(scheme)}, 'data': {**data, 'table': [_table(scheme)]}}


def _layout(scheme: _Scheme) -> dict[str, Any]:
    line = {'color': scheme.primary, 'dash': 'dot', 'width': 1.5}
    return {
        'paper_bgcolor': _CLEAR,
        'plot_bgcolor': _CLEAR,
        'font': {'color': scheme.text, 'family': _FONT, 'size': 13},
        'title': {
            'x': 0,
            'xanchor': 'left',
            'xref': 'paper',
            'automargin': True,
            'pad': {'t': 12},
            'font': {'size': 17},
        },
        'margin': {'l': 48, 'r': 16, 't': 40, 'b': 40},
        'colorway': scheme.categorical,
        'colorscale': {
            'sequential': _scale(scheme.sequential),
            'sequentialminus': _scale(scheme.sequential[::-1]),
            'diverging': _scale(scheme.polarising),
        },
        'coloraxis': {'colorbar': _bar(scheme)},
        'hovermode': 'closest',
        'hoverlabel': {'bgcolor': scheme.surface, 'bordercolor': scheme.edge, 'font': {'color': scheme.text}},
        'legend': {'bgcolor': _CLEAR},
        'modebar': {'bgcolor': _CLEAR, 'color': scheme.dimmed, 'activecolor': scheme.primary},
        'newselection': {'line': line},
        'selectiondefaults': {'line': line},
        'activeselection': {'fillcolor': scheme.primary, 'opacity': 0.08},
    }


def _places(scheme: _Scheme) -> dict[str, Any]:
    """Return the looks of the axes, flat, round and in space, and of maps."""
    axis = {'gridcolor': scheme.line, 'linecolor': scheme.edge, 'tickcolor': scheme.edge, 'zerolinecolor': scheme.edge}
    flat = {**axis, 'automargin': True}
    inside = {**axis, 'backgroundcolor': _CLEAR, 'showbackground': True}
    return {
        'xaxis': flat,
        'yaxis': flat,
        'polar': {'bgcolor': _CLEAR, 'angularaxis': _without_zero(axis), 'radialaxis': _without_zero(axis)},
        'ternary': {'bgcolor': _CLEAR, **{name: _without_zero(axis) for name in ('aaxis', 'baxis', 'caxis')}},
        'scene': dict.fromkeys(('xaxis', 'yaxis', 'zaxis'), inside),
        'geo': {
            'bgcolor': _CLEAR,
            'landcolor': scheme.line,
            'lakecolor': _CLEAR,
            'subunitcolor': scheme.edge,
            'coastlinecolor': scheme.edge,
            'showland': True,
        },
    }


def _without_zero(axis: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in axis.items() if name != 'zerolinecolor'}


def _table(scheme: _Scheme) -> dict[str, Any]:
    line = {'color': scheme.line}
    cells = {'fill': {'color': scheme.surface}, 'line': line, 'align': 'left'}
    return {'type': 'table', 'cells': cells, 'header': {**cells, 'fill': {'color': scheme.line}}}


def _bar(scheme: _Scheme) -> dict[str, Any]:
    return {'outlinewidth': 0, 'ticks': '', 'tickfont': {'color': scheme.dimmed}}


def _scale(palette: list[str]) -> list[list[Any]]:
    return [[index / (len(palette) - 1), colour] for index, colour in enumerate(palette)]


light_theme: Final = _theme(
    _Scheme(
        text='#23211d',
        dimmed='#66615a',
        line='#e6e2da',
        edge='#cbc6bc',
        surface='#ffffff',
        primary='#176859',
        categorical=CategoricalLight10,
        sequential=SequentialLight10,
        polarising=PolarisingLight11,
    )
)
dark_theme: Final = _theme(
    _Scheme(
        text='#e6e5e1',
        dimmed='#a6a49e',
        line='#2b2f32',
        edge='#43484c',
        surface='#1c1f21',
        primary='#83c5b5',
        categorical=CategoricalDark10,
        sequential=SequentialDark10,
        polarising=PolarisingDark11,
    )
)

__all__ = ['dark_theme', 'light_theme']
