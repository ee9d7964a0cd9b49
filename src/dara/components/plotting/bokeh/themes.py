"""The themes of bokeh figures, for light and for dark pages: properties by the class of the model."""

from __future__ import annotations

from typing import Any, Final

_FONT: Final = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'


def _theme(text: str, dimmed: str, line: str, edge: str, surface: str) -> dict[str, Any]:
    plain = {'text_color': text, 'text_font': _FONT}
    labels = {'major_label_text_color': dimmed, 'major_label_text_font': _FONT, 'major_label_text_font_size': '13px'}
    axis = {'axis_line_color': edge, 'major_tick_line_color': edge, 'minor_tick_line_color': None}
    bar = {'background_fill_color': None, 'bar_line_color': None, 'major_tick_line_color': edge}
    dividers = f'.bk-divider {{ background-color: var(--dara-line, {line}); }}'  # of the page, or outside of one
    legend = {'background_fill_color': surface, 'background_fill_alpha': 0.85, 'border_line_color': None}
    return {
        'attrs': {
            'Plot': {'background_fill_color': None, 'border_fill_color': None, 'outline_line_color': None},
            'Toolbar': {'logo': None, 'stylesheets': [dividers]},
            'Grid': {'grid_line_color': line},
            'Axis': {**axis, **labels, **_of('axis_label', text), 'axis_label_text_font_style': 'normal'},
            'Title': {**plain, 'text_font_size': '17px', 'text_font_style': 'normal'},
            'Legend': {**legend, **_of('label', text), **_of('title', text)},
            'BaseColorBar': {**bar, **labels, **_of('title', text)},
            'Label': plain,
            'LabelSet': plain,
        }
    }


def _of(part: str, text: str) -> dict[str, Any]:
    """Return the properties of the text of a part of a model."""
    return {f'{part}_text_color': text, f'{part}_text_font': _FONT, f'{part}_text_font_size': '13px'}


light_theme: Final = _theme(text='#23211d', dimmed='#66615a', line='#e6e2da', edge='#cbc6bc', surface='#ffffff')
dark_theme: Final = _theme(text='#e6e5e1', dimmed='#a6a49e', line='#2b2f32', edge='#43484c', surface='#1c1f21')

__all__ = ['dark_theme', 'light_theme']
