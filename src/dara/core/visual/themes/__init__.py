"""A documented import path; its names are defined elsewhere."""

from dara.core._themes import BaseTheme, Dark, Light, ThemeDef

__all__ = ['BaseTheme', 'Dark', 'Light', 'ThemeDef']
