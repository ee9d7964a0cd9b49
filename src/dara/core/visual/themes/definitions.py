"""A documented import path; its names are defined elsewhere."""

from dara.core._themes import BaseTheme, ThemeColors, ThemeDef, ThemeFont, ThemeShadows

__all__ = ['BaseTheme', 'ThemeColors', 'ThemeDef', 'ThemeFont', 'ThemeShadows']
