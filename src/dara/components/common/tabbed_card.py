"""A documented import path; its names are defined elsewhere."""

from dara.components import Tab, TabbedCard

__all__ = ['Tab', 'TabbedCard']
