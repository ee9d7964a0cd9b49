"""A documented import path; its names are defined elsewhere."""

from typing import TYPE_CHECKING

from dara.components import Table
from dara.components.table import TableFilter, TableFormatterType
from dara.core._documented import absence

__all__ = ['Table', 'TableFilter', 'TableFormatterType']

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        raise absence(__name__, name)
