"""A documented import path; its names are defined elsewhere."""

from dara.components import Grid

__all__ = ['Grid']
