"""Chromium for the tests that look at a page; the fixtures are those of tests/browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import browser, open_tab, open_two, serve, show, show_one

__all__ = ['browser', 'open_tab', 'open_two', 'serve', 'show', 'show_one']


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that drive the browser run in the event loop that it was started in."""
    for item in items:
        if Path(__file__).parent in item.path.parents and 'browser' in getattr(item, 'fixturenames', ()):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.asyncio(loop_scope='package'), append=False)
