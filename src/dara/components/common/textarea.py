"""A documented import path; its names are defined elsewhere."""

from dara.components import Textarea

__all__ = ['Textarea']
