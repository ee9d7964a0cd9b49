"""A documented import path; its names are defined elsewhere."""

from dara.core.derived import DerivedVariable

__all__ = ['DerivedVariable']
