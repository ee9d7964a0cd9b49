"""A documented import path; its names are defined elsewhere."""

from dara.components import Stack

__all__ = ['Stack']
