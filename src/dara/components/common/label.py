"""A documented import path; its names are defined elsewhere."""

from dara.components import Label

__all__ = ['Label']
