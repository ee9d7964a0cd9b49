"""A documented import path; its names are defined elsewhere."""

from typing import TYPE_CHECKING

from dara.core._documented import absence
from dara.core._older import UrlVariable
from dara.core._operators import Operator
from dara.core._switch import SwitchVariable
from dara.core.actions import ActionCtx, action
from dara.core.derived import DerivedVariable
from dara.core.variables import AnyVariable, Condition, Variable

__all__ = [
    'ActionCtx',
    'AnyVariable',
    'Condition',
    'DerivedVariable',
    'Operator',
    'SwitchVariable',
    'UrlVariable',
    'Variable',
    'action',
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        raise absence(__name__, name)
