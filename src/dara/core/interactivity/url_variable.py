"""A documented import path; its names are defined elsewhere."""

from dara.core._older import UrlVariable

__all__ = ['UrlVariable']
