"""A documented import path; its names are defined elsewhere."""

from dara.components import Spacer

__all__ = ['Spacer']
