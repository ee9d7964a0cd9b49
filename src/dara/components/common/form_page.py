"""A documented import path; its names are defined elsewhere."""

from dara.components import FormPage

__all__ = ['FormPage']
