"""A documented import path; its names are defined elsewhere."""

from dara.components import ComponentItem, ComponentSelectList

__all__ = ['ComponentItem', 'ComponentSelectList']
