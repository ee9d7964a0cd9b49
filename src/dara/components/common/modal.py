"""A documented import path; its names are defined elsewhere."""

from dara.components import Modal

__all__ = ['Modal']
