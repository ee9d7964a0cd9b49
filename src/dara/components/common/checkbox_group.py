"""A documented import path; its names are defined elsewhere."""

from dara.components import CheckboxGroup

__all__ = ['CheckboxGroup']
