"""A documented import path; its names are defined elsewhere."""

from dara.components import ProgressBar

__all__ = ['ProgressBar']
