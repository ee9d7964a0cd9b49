"""A documented import path; its names are defined elsewhere."""

from dara.components import Card

__all__ = ['Card']
