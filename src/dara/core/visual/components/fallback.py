"""A documented import path; its names are defined elsewhere."""

from dara.core.visual.components import Fallback

__all__ = ['Fallback']
