"""The operators of conditions."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Operator(StrEnum):
    """The operators of a `Condition`."""

    EQUAL = 'equal'
    NOT_EQUAL = 'not_equal'
    GREATER_EQUAL = 'greater_equal'
    GREATER_THAN = 'greater_than'
    LESS_EQUAL = 'less_equal'
    LESS_THAN = 'less_than'
    TRUTHY = 'truthy'
    AND = 'and'
    OR = 'or'
    NOT = 'not'


SYMBOLS: Final = {
    Operator.EQUAL: '==',
    Operator.NOT_EQUAL: '!=',
    Operator.GREATER_EQUAL: '>=',
    Operator.GREATER_THAN: '>',
    Operator.LESS_EQUAL: '<=',
    Operator.LESS_THAN: '<',
    Operator.TRUTHY: 'truthy',
    Operator.AND: '&',
    Operator.OR: '|',
    Operator.NOT: '~',
}
"""The operators as the browser knows them."""

LOGICAL: Final = frozenset({Operator.AND, Operator.OR, Operator.NOT})
"""The operators whose sides are true or false, as Python counts them."""
