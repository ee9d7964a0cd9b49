"""A documented import path; its names are defined elsewhere."""

from dara.core.variables import AnyVariable

__all__ = ['AnyVariable']
