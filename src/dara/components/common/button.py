"""A documented import path; its names are defined elsewhere."""

from dara.components import Button, ButtonStyle

__all__ = ['Button', 'ButtonStyle']
