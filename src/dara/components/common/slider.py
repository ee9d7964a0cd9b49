"""A documented import path; its names are defined elsewhere."""

from dara.components import Slider

__all__ = ['Slider']
