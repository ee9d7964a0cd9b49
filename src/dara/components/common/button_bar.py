"""A documented import path; its names are defined elsewhere."""

from dara.components import ButtonBar, ButtonBarStyle

__all__ = ['ButtonBar', 'ButtonBarStyle']
