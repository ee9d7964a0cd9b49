"""A documented import path; its names are defined elsewhere."""

from dara.components import Markdown

__all__ = ['Markdown']
