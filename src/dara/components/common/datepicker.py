"""A documented import path; its names are defined elsewhere."""

from dara.components import Datepicker

__all__ = ['Datepicker']
