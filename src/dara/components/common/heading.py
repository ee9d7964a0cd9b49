"""A documented import path; its names are defined elsewhere."""

from dara.components import Heading

__all__ = ['Heading']
