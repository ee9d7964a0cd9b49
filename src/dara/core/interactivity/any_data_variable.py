"""A documented import path; its names are defined elsewhere."""

from dara.core.server_variable import AnyDataVariable

__all__ = ['AnyDataVariable']
