"""Figures of matplotlib, as vector graphics that follow the colours of the page."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any, Final

_LOCK: Final = threading.Lock()
"""Held while a figure is drawn: the settings of matplotlib belong to the whole process."""
_WHITE: Final = (1.0, 1.0, 1.0)
_BLACK: Final = (0.0, 0.0, 0.0)
_FIXED_BLACK: Final = '#010101'
_PAPER: Final = '#fefefd'
# The colours of matplotlib's own style, and those of the page for them.
_OF_THE_PAGE: Final = (
    ('stroke: #000000', 'stroke: currentColor'),
    ('stroke: #b0b0b0', 'stroke: var(--dara-edge)'),
    ('stroke: #cccccc', 'stroke: var(--dara-edge)'),
    (f'fill: {_PAPER}', 'fill: var(--dara-surface)'),
)


def dump(figure: Any) -> Any:
    """Return a figure as an SVG whose texts stay texts, with its size in CSS pixels and a description.

    Black is the colour of the page's text, and white paper is transparent. A figure with a background of another colour
    keeps all of its colours.
    """
    with _LOCK, ExitStack() as changes:
        is_on_white = _rgb(figure.get_facecolor()) == _WHITE
        if is_on_white:
            changes.enter_context(_on_the_page(figure))
        svg = _drawn(figure)
    if is_on_white:
        for own, of_the_page in _OF_THE_PAGE:
            svg = svg.replace(own, of_the_page)
    width, height = (float(inches) * 96 for inches in figure.get_size_inches())
    return {'svg': svg, 'width': round(width), 'height': round(height), 'description': _description(figure)}


def _drawn(figure: Any) -> str:
    matplotlib = import_module('matplotlib')
    written = io.StringIO()
    # Equal figures are to have equal SVGs: without the date, and with names that are not random.
    with matplotlib.rc_context({'svg.fonttype': 'none', 'svg.hashsalt': 'dara'}):
        figure.savefig(written, format='svg', metadata={'Date': None})
    return written.getvalue()


@contextmanager
def _on_the_page(figure: Any) -> Iterator[None]:
    """Make white paper invisible, and mark the colours that are not those of the page, for as long as the body runs."""
    changes = [change for axes in figure.axes for change in _changes_of(axes)]
    if figure.patch.get_visible():
        changes.append((figure.patch.set_visible, False, True))
    for change, during, _ in changes:
        change(during)
    try:
        yield
    finally:
        for change, _, after in changes:
            change(after)


def _changes_of(axes: Any) -> Iterator[tuple[Callable[[Any], object], Any, Any]]:
    """Yield the changes of one plot: a function that makes the change, its argument for now, and the one for later."""
    if axes.patch.get_visible() and _rgb(axes.patch.get_facecolor()) == _WHITE:
        yield axes.patch.set_visible, False, True
    legend = axes.get_legend()
    if legend is not None and _rgb(legend.get_frame().get_facecolor()) == _WHITE:
        frame = legend.get_frame()
        yield frame.set_facecolor, (_PAPER, frame.get_facecolor()[3]), frame.get_facecolor()
    if axes.images or any(type(each).__name__ == 'QuadMesh' for each in axes.collections):
        for text in axes.texts:  # on coloured cells, not on the page
            if _rgb(text.get_color()) == _BLACK:
                yield text.set_color, _FIXED_BLACK, text.get_color()


def _rgb(colour: Any) -> tuple[float, ...]:
    return tuple(import_module('matplotlib.colors').to_rgb(colour))


def _description(figure: Any) -> str:
    """Return what the figure says about itself: its titles, or the names of its axes."""
    overall = figure.get_suptitle()
    titles = [overall, *(axes.get_title() for axes in figure.axes)]
    named = [title for title in titles if title]
    if named:
        return ', '.join(dict.fromkeys(named))
    names = [f'{axes.get_ylabel()} / {axes.get_xlabel()}' for axes in figure.axes if axes.get_ylabel()]
    return ', '.join(dict.fromkeys(names))
