"""A documented import path; its names are defined elsewhere."""

from dara.components import Form

__all__ = ['Form']
