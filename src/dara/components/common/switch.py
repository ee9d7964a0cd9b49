"""A documented import path; its names are defined elsewhere."""

from dara.components import Switch

__all__ = ['Switch']
