"""A documented import path; its names are defined elsewhere."""

from dara.core.flow import Match

__all__ = ['Match']
