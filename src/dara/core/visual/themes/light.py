"""A documented import path; its names are defined elsewhere."""

from dara.core._themes import Light

__all__ = ['Light']
