"""A documented import path; its names are defined elsewhere."""

from dara.components import Image

__all__ = ['Image']
