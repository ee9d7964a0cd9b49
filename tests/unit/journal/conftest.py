"""Fixtures of the tests of the journal."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def plain_log() -> Iterator[None]:
    """Keep no exceptions in log records: they would keep a crashed server alive."""

    def plain(record: logging.LogRecord) -> bool:
        record.msg, record.args = record.getMessage(), ()
        return True

    logger = logging.getLogger('dara')
    logger.addFilter(plain)
    yield
    logger.removeFilter(plain)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / 'note.json'
