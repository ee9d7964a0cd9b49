"""Functions of the app, with their arguments, that the browser may ask the server to run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from dara.core._uploads import UploadRules
from dara.core.derived import Computation, DerivedVariable
from dara.core.server_variable import ServerVariable
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
        takes: the rules of the uploads that are the input, if the component receives uploads.
        check: checks the value of the form that runs it, if one does; the form shows the reasons of a refusal.
    """

    takes_ctx: bool = True
    check: Callable[[Any], None] | None = None
    takes: UploadRules | None = None


@dataclass(frozen=True, eq=False)
class UploadCall(_FunctionCall):
    """The beginning of an upload to a component."""

    rules: UploadRules

    @classmethod
    def of(cls, rules: UploadRules, name: str) -> UploadCall:
        """Return the call of a component of that name."""
        return cls(rules.refusal, (), (), name, rules)


class RenderCall(_FunctionCall):
    """The call of a py_component."""


@dataclass(frozen=True, eq=False)
class DeriveCall(_FunctionCall):
    """The call of a DerivedVariable's function.

    Attributes:
        computation: the identity of the results: calls with one computation share them.
        taken: the number of values that the function takes, the first ones.
        is_private: whether the value itself never leaves the server: tabs get windows of its rows.
        is_job: whether the function runs in a process of its own.
        find_rows: finds some rows of the table that the value is, or names; gets the value, filters and pagination.
        version: returns the version of the table; then `find_rows` needs no value.
    """

    computation: Computation
    taken: int
    is_private: bool = False
    is_job: bool = False
    find_rows: Callable[..., Any] | None = None
    version: Callable[[], Awaitable[str]] | None = None

    @classmethod
    def of(cls, variable: DerivedVariable[Any]) -> DeriveCall:
        """Return the call that computes a DerivedVariable."""
        return cls(
            variable.func,
            variable.variables,
            (),
            repr(variable),
            variable._computation,
            variable._taken,
            is_job=variable._runs_as_job,
            find_rows=variable.filter_resolver,
        )


def waits_for_job(call: _FunctionCall) -> bool:
    """Return whether a call runs in a process of its own, or waits for a value that does."""
    if isinstance(call, DeriveCall) and call.is_job:
        return True
    inner = (computing(variable) for variable in call.variables)
    return any(each is not None and waits_for_job(each) for each in inner)


def computing(variable: AnyVariable[Any]) -> DeriveCall | None:
    """Return the call by which the server computes or reads a variable's value; `None` for other variables."""
    if isinstance(variable, DerivedVariable):
        return DeriveCall.of(variable)
    if isinstance(variable, ServerVariable):
        return _reading(variable)
    return None


def _reading(variable: ServerVariable[Any]) -> DeriveCall:
    find_rows, version = (variable._find_rows, variable._sequence) if variable._finds_rows else (None, None)
    return DeriveCall(
        variable.read,
        variable._dependencies,
        (),
        repr(variable),
        variable._computation,
        0,
        is_private=True,
        find_rows=find_rows,
        version=version,
    )


Call: TypeAlias = ActionCall | RenderCall | DeriveCall | UploadCall
