"""Functions of the app, with their arguments, that the browser may ask the server to run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from dara.core.derived import Computation, DerivedVariable
from dara.core.variables import AnyVariable


@dataclass(frozen=True, eq=False)
class _FunctionCall:
    """A function of the app with its arguments.

    Attributes:
        arguments: values, and variables in the positions that their values fill.
        name: the function's name in the log.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    keywords: tuple[tuple[str, Any], ...]
    name: str

    @property
    def variables(self) -> tuple[AnyVariable[Any], ...]:
        """The arguments that are variables, in the order in which the browser sends their values."""
        values = (*self.arguments, *(value for _, value in self.keywords))
        return tuple(value for value in values if isinstance(value, AnyVariable))


@dataclass(frozen=True, eq=False)
class ActionCall(_FunctionCall):
    """The call of an `@action`.

    Attributes:
        takes_ctx: whether the first argument of the function is the `ActionCtx`.
    """

    takes_ctx: bool = True


class RenderCall(_FunctionCall):
    """The call of a py_component."""


@dataclass(frozen=True, eq=False)
class DeriveCall(_FunctionCall):
    """The call of a DerivedVariable's function.

    Attributes:
        computation: the identity of the results: calls with one computation share them.
        taken: the number of values that the function takes, the first ones.
    """

    computation: Computation
    taken: int

    @classmethod
    def of(cls, variable: DerivedVariable[Any]) -> DeriveCall:
        """Return the call that computes a DerivedVariable."""
        return cls(variable.func, variable.variables, (), repr(variable), variable._computation, variable._taken)


Call: TypeAlias = ActionCall | RenderCall | DeriveCall
