"""A documented import path; its names are defined elsewhere."""

from dara.core.visual.components import ThemeProvider

__all__ = ['ThemeProvider']
