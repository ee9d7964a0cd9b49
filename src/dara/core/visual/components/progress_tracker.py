"""A documented import path; its names are defined elsewhere."""

from dara.core.visual.components import ProgressTracker

__all__ = ['ProgressTracker']
