"""A documented import path; its names are defined elsewhere."""

from dara.components import Icon

__all__ = ['Icon']
