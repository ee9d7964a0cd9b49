"""A documented import path; its names are defined elsewhere."""

from dara.components import Item, ListSection, Select

__all__ = ['Item', 'ListSection', 'Select']
