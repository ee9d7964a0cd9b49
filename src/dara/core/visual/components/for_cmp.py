"""A documented import path; its names are defined elsewhere."""

from dara.core.flow import For

__all__ = ['For']
