"""Charts of plotly, bokeh and matplotlib."""

from typing import TYPE_CHECKING

from dara.core._absent import import_when_used

if TYPE_CHECKING:
    from dara.components.plotting.bokeh import Bokeh, figure_events, set_default_bokeh_theme
    from dara.components.plotting.matplotlib import Matplotlib
    from dara.components.plotting.plotly import Plotly, set_default_plotly_theme

__all__ = ['Bokeh', 'Matplotlib', 'Plotly', 'figure_events', 'set_default_bokeh_theme', 'set_default_plotly_theme']

if not TYPE_CHECKING:
    __getattr__ = import_when_used(
        __name__,
        {
            'dara.components.plotting.bokeh': 'Bokeh figure_events set_default_bokeh_theme',
            'dara.components.plotting.matplotlib': 'Matplotlib',
            'dara.components.plotting.plotly': 'Plotly dark_theme light_theme set_default_plotly_theme',
        },
    )
