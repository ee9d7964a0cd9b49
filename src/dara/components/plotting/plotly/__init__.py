"""Charts of plotly, and their themes."""

from dara.components.plotting.plotly.plotly import Plotly, PlotlyEvent, PlotlyEventName, set_default_plotly_theme
from dara.components.plotting.plotly.themes import dark_theme, light_theme

__all__ = ['Plotly', 'PlotlyEvent', 'PlotlyEventName', 'dark_theme', 'light_theme', 'set_default_plotly_theme']
