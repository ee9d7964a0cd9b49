"""Tests of the throttle of failed logins, with a clock that the test moves."""

from __future__ import annotations

from functools import partial

import pytest

from dara.core._server import throttle as module
from dara.core._server.throttle import FREE_FAILURES, MAX_KEYS, MAX_WAIT_SECONDS, Throttle
from tests.unit.auth.conftest import Clock

FEW = 1000


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a throttle count exactly for a tenth of the names, so that a flood is quick."""
    monkeypatch.setattr(module, 'MAX_KEYS', FEW)


def test_after_five_failures_each_wait_is_longer(clock: Clock) -> None:
    """It applies to that user at that address; others do not wait."""
    throttle = Throttle(clock)
    for _ in range(FREE_FAILURES):
        assert throttle.attempt('1.2.3.4', 'ann') == 0
    waits = []
    for _ in range(12):
        waits.append(throttle.attempt('1.2.3.4', 'ann'))
        clock.time += waits[-1]
        assert throttle.attempt('1.2.3.4', 'ann') == 0
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, MAX_WAIT_SECONDS, MAX_WAIT_SECONDS]
    assert throttle.attempt('1.2.3.4', 'ann') > 0
    assert throttle.attempt('1.2.3.4', 'ben') == throttle.attempt('1.2.3.5', 'ann') == 0


def test_failures_are_forgotten_after_a_success_and_after_an_hour(clock: Clock) -> None:
    throttle = Throttle(clock)
    for forget in (partial(throttle.succeeded, 'a', 'ann'), clock.skip_an_hour):
        while not throttle.attempt('a', 'ann'):
            pass
        forget()
        assert [throttle.attempt('a', 'ann') for _ in range(FREE_FAILURES)] == [0] * FREE_FAILURES
        throttle.succeeded('a', 'ann')


def test_the_addresses_of_one_ipv6_network_count_as_one(clock: Clock) -> None:
    """A client with an IPv6 network can use another address for every attempt."""
    throttle = Throttle(clock)
    waits = [throttle.attempt(f'2001:db8:1:2::{number:x}', 'ann') for number in range(FREE_FAILURES + 1)]
    assert waits[-1] > 0
    assert throttle.attempt('2001:db8:1:3::1', 'ann') == 0


@pytest.mark.usefixtures('_small')
def test_the_memory_of_failures_is_bounded(clock: Clock) -> None:
    """Even if names are long."""
    throttle = Throttle(clock)
    for number in range(FEW + 100):
        throttle.attempt('a', f'{number}' + 'x' * 1000)
    assert len(throttle._failures) == FEW
    assert max(len(name) for _, name in throttle._failures) < 100
    assert len(throttle._sketches) == 1
    for _ in range(5):
        clock.skip_an_hour()
        for number in range(FEW + 1):
            throttle.attempt('a', f'{clock.time} {number}')
    assert len(throttle._sketches) <= 2


@pytest.mark.parametrize(
    ('addresses', 'each'), [(1, 1), (500, FREE_FAILURES + 1)], ids=['once each', 'until each has to wait']
)
def test_attempts_for_other_names_do_not_erase_failures(clock: Clock, addresses: int, each: int) -> None:
    """They erase neither waits nor a few failures; other users still need not wait."""
    throttle = Throttle(clock)
    while not throttle.attempt('a', 'ann'):
        pass
    for _ in range(FREE_FAILURES - 1):
        throttle.attempt('a', 'ben')
    for number in range(2 * MAX_KEYS):
        for _ in range(each):
            throttle.attempt(f'{number % addresses}', f'{number}')
    assert throttle.attempt('a', 'ann') > 0
    assert [throttle.attempt('a', 'ben') > 0 for _ in range(2)] == [False, True]
    assert [throttle.attempt('a', f'new {number}') for number in range(100)] == [0] * 100
    clock.time += 2 * 3601
    assert throttle.attempt('a', 'ann') == throttle.attempt('a', 'ben') == 0


@pytest.mark.usefixtures('_small')
def test_guesses_between_floods_of_other_names_still_have_to_wait(clock: Clock) -> None:
    """Of five guesses, a thousand attempts for others, and so on, only five guesses are let through."""
    throttle = Throttle(clock)
    guesses = 0
    for flood in range(5):
        guesses += [throttle.attempt('a', 'ann') for _ in range(FREE_FAILURES)].count(0)
        for number in range(FEW):
            throttle.attempt('a', f'{flood} {number}')
    assert guesses == FREE_FAILURES


@pytest.mark.usefixtures('_small')
def test_a_success_counts_even_if_others_have_filled_the_memory(clock: Clock) -> None:
    throttle = Throttle(clock)
    for _ in range(FREE_FAILURES - 1):
        throttle.attempt('a', 'ann')
    for number in range(FEW):
        throttle.attempt('a', f'{number}')
    throttle.attempt('a', 'ann')
    throttle.succeeded('a', 'ann')
    assert [throttle.attempt('a', 'ann') for _ in range(FREE_FAILURES)] == [0] * FREE_FAILURES


def test_an_attempt_that_was_not_checked_does_not_count(clock: Clock) -> None:
    throttle = Throttle(clock)
    for _ in range(100):
        assert throttle.attempt('a', 'ann') == 0
        throttle.take_back('a', 'ann')
