"""A documented import path; its names are defined elsewhere."""

from dara.core.variables import Variable

__all__ = ['Variable']
