"""A documented import path; its names are defined elsewhere."""

from dara.core.server_variable import DerivedDataVariable

__all__ = ['DerivedDataVariable']
