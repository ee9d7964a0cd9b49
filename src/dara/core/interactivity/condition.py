"""A documented import path; its names are defined elsewhere."""

from dara.core._operators import Operator
from dara.core.variables import Condition

__all__ = ['Condition', 'Operator']
