"""A documented import path; its names are defined elsewhere."""

from dara.components import Tooltip

__all__ = ['Tooltip']
