"""A documented import path; its names are defined elsewhere."""

from dara.components import Code

__all__ = ['Code']
