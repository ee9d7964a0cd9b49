"""The progress of jobs: functions that run in a process of their own, and report how far they are."""

from __future__ import annotations

import functools
import inspect
import typing
from collections import OrderedDict
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from dara.core.errors import InvalidDefinition


@dataclass(frozen=True)
class TaskProgressUpdate:
    """The progress of a task that `ctx.run_task` runs.

    Attributes:
        task_id: an id that no other running task has.
        progress: in percent, from 0 to 100.
        message: what the task is doing.
    """

    task_id: str
    progress: float
    message: str


class ProgressUpdater:
    """The way by which a function reports its progress; see `track_progress`.

    Reports may follow each other quickly: the newest is sent, some times a second.
    """

    def __init__(self, updater_method: Callable[[float, str, float], None]) -> None:
        self._tell = updater_method

    def send_update(self, progress: float, message: str) -> None:
        """Report the progress in percent, from 0 to 100, and what the function is doing."""
        self._tell(progress, message, 0)

    def fake_progress(self, progress_end: float, message: str, estimated_time: float = 0) -> None:
        """Let the bar move by itself until it reaches `progress_end`, during a step that cannot report.

        Args:
            progress_end: the percentage after that step.
            estimated_time: the time that the step takes, in milliseconds; 10 s if it is not given.
        """
        self._tell(progress_end, message, (estimated_time or 10_000) / 1000)


UPDATER: Final[ContextVar[ProgressUpdater]] = ContextVar(
    'dara_updater',
    default=ProgressUpdater(lambda *_: None),  # noqa: B039  # it has no state
)


def track_progress(func: Callable[..., Any]) -> Callable[..., Any]:
    """Give a function a `ProgressUpdater`, in the place of the parameter that has that annotation.

        @track_progress
        def simulate(updater: ProgressUpdater, rounds: int) -> float:
            for done in range(rounds):
                updater.send_update(100 * done / rounds, f'Round {done}')
                ...

        result = DerivedVariable(simulate, variables=[rounds], run_as_task=True)

    The other parameters remain. Where the function runs without a process of its own, its reports go nowhere.

    Raises:
        InvalidDefinition: no parameter has that annotation.
    """
    if not callable(func):
        raise InvalidDefinition(f'@track_progress goes above a function; it was given {func!r}')
    signature = inspect.signature(func)
    name = next((each for each, kind in _hints(func).items() if kind is ProgressUpdater and each != 'return'), None)
    if name is None:
        raise InvalidDefinition(
            f'@track_progress {func.__name__}: give it a parameter for the progress: updater: ProgressUpdater'
        )

    rest = signature.replace(parameters=[each for each in signature.parameters.values() if each.name != name])

    @functools.wraps(func)
    def tracked(*arguments: Any, **keywords: Any) -> Any:
        given = rest.bind(*arguments, **keywords).arguments
        bound = inspect.BoundArguments(signature, OrderedDict({**given, name: UPDATER.get()}))
        return func(*bound.args, **bound.kwargs)

    tracked.__signature__ = rest  # type: ignore[attr-defined]
    return tracked


def _hints(func: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(func)
    except NameError:  # an annotation of a name that is imported for the type checker alone
        return {
            name: ProgressUpdater if each == 'ProgressUpdater' else each for name, each in func.__annotations__.items()
        }
