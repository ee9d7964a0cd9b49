"""A documented import path; its names are defined elsewhere."""

from typing import TYPE_CHECKING

from dara.components import Table
from dara.components.table import TableFilter, TableFormatterType
from dara.core._absent import explain_absence

__all__ = ['Table', 'TableFilter', 'TableFormatterType']

if not TYPE_CHECKING:
    __getattr__ = explain_absence(__name__)
