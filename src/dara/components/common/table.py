"""A documented import path; its names are defined elsewhere."""

from dara.components import Table
from dara.components.columns import Column, TableFilter
from dara.components.formatters import TableFormatterCompareCondition, TableFormatterType
from dara.components.table import TableAction

__all__ = ['Column', 'Table', 'TableAction', 'TableFilter', 'TableFormatterCompareCondition', 'TableFormatterType']
