"""A documented import path; its names are defined elsewhere."""

from dara.components import RadioGroup, RadioItem

__all__ = ['RadioGroup', 'RadioItem']
