"""Figures of plotly, bokeh and matplotlib as JSON that the client can draw."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

_KINDS: Final = {
    ('plotly.basedatatypes', 'BaseFigure'): 'plotly',
    ('bokeh.models.ui.ui_element', 'UIElement'): 'bokeh',
    ('bokeh.document.document', 'Document'): 'bokeh',
    ('matplotlib.figure', 'FigureBase'): 'matplotlib',
}


def kind_of_figure(value: Any) -> str | None:
    """Return the name of the package that a figure is of, or `None` for a value that is no figure."""
    for each in type(value).__mro__:
        kind = _KINDS.get((each.__module__, each.__name__))
        if kind is not None:
            return kind
    return None


def figure_json(value: Any, kind: str) -> Any:
    """Return a figure as JSON, in which numpy arrays may be left. Takes time for a large one."""
    dump: Callable[[Any], Any] = import_module(f'{__name__}.of_{kind}').dump
    return dump(value)
