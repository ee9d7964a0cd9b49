"""A documented import path; its names are defined elsewhere."""

from typing import TYPE_CHECKING

from dara.core._absent import explain_absence
from dara.core._older import UrlVariable
from dara.core._operators import Operator
from dara.core._switch import SwitchVariable
from dara.core.actions import ActionCtx, action
from dara.core.derived import DerivedVariable
from dara.core.server_variable import AnyDataVariable, DataVariable, DerivedDataVariable, ServerVariable
from dara.core.variables import AnyVariable, Condition, Variable

__all__ = [
    'ActionCtx',
    'AnyDataVariable',
    'AnyVariable',
    'Condition',
    'DataVariable',
    'DerivedDataVariable',
    'DerivedVariable',
    'Operator',
    'ServerVariable',
    'SwitchVariable',
    'UrlVariable',
    'Variable',
    'action',
]

if not TYPE_CHECKING:
    __getattr__ = explain_absence(__name__)
