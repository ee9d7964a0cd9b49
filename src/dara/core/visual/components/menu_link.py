"""A documented import path; its names are defined elsewhere."""

from dara.core.visual.components import MenuLink

__all__ = ['MenuLink']
