"""A documented import path; its names are defined elsewhere."""

from dara.components import Text

__all__ = ['Text']
