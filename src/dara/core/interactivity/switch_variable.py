"""A documented import path; its names are defined elsewhere."""

from dara.core._switch import SwitchVariable

__all__ = ['SwitchVariable']
