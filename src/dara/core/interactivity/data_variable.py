"""A documented import path; its names are defined elsewhere."""

from dara.core.server_variable import DataVariable

__all__ = ['DataVariable']
