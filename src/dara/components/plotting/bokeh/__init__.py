"""Charts of bokeh, their themes and events."""

from dara.components.plotting.bokeh.bokeh import Bokeh, set_default_bokeh_theme
from dara.components.plotting.bokeh.themes import dark_theme, light_theme
from dara.components.plotting.bokeh.utils import figure_events

__all__ = ['Bokeh', 'dark_theme', 'figure_events', 'light_theme', 'set_default_bokeh_theme']
