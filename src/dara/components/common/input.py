"""A documented import path; its names are defined elsewhere."""

from dara.components import Input

__all__ = ['Input']
