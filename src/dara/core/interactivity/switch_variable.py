"""A documented import path; its names are defined elsewhere."""

from dara.core.variables import SwitchVariable

__all__ = ['SwitchVariable']
