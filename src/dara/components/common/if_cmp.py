"""A documented import path; its names are defined elsewhere."""

from dara.core.flow import If

__all__ = ['If']
