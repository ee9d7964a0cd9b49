"""A documented import path; its names are defined elsewhere."""

from dara.components import Anchor

__all__ = ['Anchor']
