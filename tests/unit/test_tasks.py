"""Tests of the definition of tasks: functions that another process finds, and their progress."""

from __future__ import annotations

import inspect
from functools import partial

import pytest

from dara.components import Text
from dara.core import ConfigurationBuilder, DerivedVariable, ProgressUpdater, Variable, track_progress
from dara.core.errors import InvalidDefinition
from dara.core.progress import UPDATER

number = Variable(1)


@track_progress
def tracked(factor: int, updater: ProgressUpdater, number: int = 2, *more: int, **named: int) -> object:
    updater.send_update(50, 'half')
    updater.fake_progress(90, 'almost', 500)
    return factor, number, more, named


class Callable:
    def __call__(self, number: int) -> int:
        return number

    def method(self, number: int) -> int:
        return number


def test_a_task_is_a_function_that_another_process_finds() -> None:
    def local(number: int) -> int:
        return number

    for function, reason in (
        (lambda number: number, 'it is a lambda'),
        (local, 'inside another function'),
        (partial(local), 'inside another function'),
        (Callable(), 'it has no name in a module'),
        (Callable().method, 'is another object'),
    ):
        DerivedVariable(function, variables=[number])
        with pytest.raises(InvalidDefinition, match=f'{reason}.*at the top of a module'):
            DerivedVariable(function, variables=[number], run_as_task=True)
    for allowed in (tracked, partial(tracked, 3), Callable.method, len):
        DerivedVariable(allowed, variables=[number, number][: 2 if allowed is Callable.method else 1], run_as_task=True)


def test_a_function_gets_its_updater_beside_all_other_arguments() -> None:
    reports: list[tuple[float, str, float]] = []
    token = UPDATER.set(ProgressUpdater(lambda *report: reports.append(report)))
    try:
        assert tracked(1) == (1, 2, (), {})
        assert tracked(1, 3, 4, word=5) == (1, 3, (4,), {'word': 5})
        assert tracked(number=3, factor=1) == (1, 3, (), {})
    finally:
        UPDATER.reset(token)
    assert reports == [(50, 'half', 0), (90, 'almost', 0.5)] * 3
    assert [*inspect.signature(tracked).parameters] == ['factor', 'number', 'more', 'named']
    with pytest.raises(InvalidDefinition, match='updater: ProgressUpdater'):
        track_progress(lambda number: number)


@pytest.mark.parametrize('processes', [0, 257, True, '2'])
def test_the_number_of_processes_is_checked(processes: object) -> None:
    config = ConfigurationBuilder()
    config.add_page('Page', content=Text('text'))
    config.task_processes = processes  # type: ignore[assignment]  # the mistake
    with pytest.raises(InvalidDefinition, match='task_processes is a whole number'):
        config.build()
