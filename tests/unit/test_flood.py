"""Tests of the limits on log messages that browsers cause."""

from __future__ import annotations

import logging

import pytest

from dara.core._server.flood import PER_KIND, PER_SOURCE, Flood


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(clock: Clock) -> logging.Logger:
    logger = logging.Logger('bounded')
    logger.addFilter(Flood(clock))
    logger.addHandler(logging.NullHandler())
    return logger


@pytest.fixture
def said(log: logging.Logger) -> list[str]:
    texts: list[str] = []

    class Keeps(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            texts.append(record.getMessage())

    log.addHandler(Keeps())
    return texts


def test_messages_of_one_source_are_limited(log: logging.Logger, said: list[str], clock: Clock) -> None:
    def complain(tab: str) -> None:
        log.warning('tab %s broke the protocol', tab)

    for _ in range(1000):
        complain('a')
    complain('b')
    assert len(said) == PER_SOURCE + 1
    clock.now = 61
    complain('a')
    assert said[-1] == f'tab a broke the protocol ({1000 - PER_SOURCE} more like this were omitted)'


def test_many_sources_of_one_kind_hide_no_other_kind(log: logging.Logger, said: list[str]) -> None:
    for number in range(10_000):
        log.warning('tab %s broke the protocol', number)
    log.error('the disk is full')
    assert len(said) == PER_KIND + 1
    assert said[-1] == 'the disk is full'
