"""A documented import path; its names are defined elsewhere."""

from dara.components import Paragraph

__all__ = ['Paragraph']
