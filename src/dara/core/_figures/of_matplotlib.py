"""Figures of matplotlib, as vector graphics that follow the colours of the page."""

from __future__ import annotations

import io
import re
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
_MARGIN_INCHES: Final = 0.1
"""Beside what reaches over an edge; that of matplotlib for the same purpose."""
_LEAST_INCHES: Final = 0.02
"""A lesser reach over an edge is no text, but half of a line along it."""
_SIZE: Final = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
_PX_PER_POINT: Final = 96 / 72
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
    keeps all of its colours. It grows by whatever reaches over its edges, such as the title of an axis.
    """
    with _LOCK, ExitStack() as changes:
        is_on_white = _rgb(figure.get_facecolor()) == _WHITE
        if is_on_white:
            changes.enter_context(_on_the_page(figure))
        svg = _drawn(figure)
    if is_on_white:
        for own, of_the_page in _OF_THE_PAGE:
            svg = svg.replace(own, of_the_page)
    size = _SIZE.search(svg)
    width, height = (float(points) * _PX_PER_POINT for points in size.groups()) if size else (0, 0)
    return {'svg': svg, 'width': round(width), 'height': round(height), 'description': _description(figure)}


def _drawn(figure: Any) -> str:
    matplotlib = import_module('matplotlib')
    written = io.StringIO()
    # Equal figures are to have equal SVGs: without the date, and with names that are not random.
    with matplotlib.rc_context({'svg.fonttype': 'none', 'svg.hashsalt': 'dara'}):
        figure.savefig(written, format='svg', metadata={'Date': None}, bbox_inches=_area(figure))
    return written.getvalue()


def _area(figure: Any) -> Any:
    """Return the area of a figure with what reaches over its edges; `None` for what matplotlib saves otherwise."""
    if figure.get_layout_engine() is not None or import_module('matplotlib').rcParams['savefig.bbox'] is not None:
        return None
    content, size = figure.get_tightbbox(), figure.get_size_inches()
    below = [_growth(-low, length) for low, length in zip(content.min, size, strict=True)]
    above = [_growth(high - length, length) for high, length in zip(content.max, size, strict=True)]
    if not any(below + above):
        return None
    corners = [-each for each in below], [length + each for length, each in zip(size, above, strict=True)]
    return import_module('matplotlib.transforms').Bbox(corners)


def _growth(reach: float, length: float) -> float:
    """Return by how much a side grows for what reaches over it, unless that is farther away than the figure is long."""
    return reach + _MARGIN_INCHES if _LEAST_INCHES < reach < length else 0.0


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
