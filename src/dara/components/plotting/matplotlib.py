"""Charts of matplotlib."""

from __future__ import annotations

from typing import Any

from dara.components.plotting._figure import FigureComponent
from dara.core._libraries import require


class Matplotlib(FigureComponent):
    """A chart of matplotlib, as a vector graphic whose texts can be selected.

        figure = Figure(figsize=(8, 4))
        figure.subplots().plot([1, 3, 2])
        Matplotlib(figure)

    Black is the colour of the page's text, and white paper is transparent, so that it can be read on a dark page. A
    figure with a background of another colour keeps its own colours. Titles of axes and the like that reach over its
    edges make it larger, unless it has a layout engine, as in `Figure(layout='constrained')`. A figure is as wide as
    its place, up to twice its own size; on a narrow page it is never smaller than 7 tenths of that, so that its texts
    can be read, and scrolls sideways, unless it has a `width` or `height`. `pyplot` is not made for several threads:
    use `matplotlib.figure.Figure`. `pip install 'dara-live[matplotlib]'` brings matplotlib.

    Args:
        figure: a figure of matplotlib, a DerivedVariable that returns one, or a variable with the JSON of one.
        alt: a description for those who cannot see it; the titles of the figure if not given.
    """

    def __init__(self, figure: Any = None, **props: Any) -> None:
        require('matplotlib', 'Matplotlib')
        super().__init__(figure=figure, **props)


__all__ = ['Matplotlib']
