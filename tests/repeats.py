"""The mark of the cases that only `make soak` runs: what they check, another case of the same test checks as well."""

from __future__ import annotations

from typing import Any

import pytest


def repeated(*values: Any, id: str | None = None) -> Any:
    """Return a case of a test: another database, proxy, value or text over which the test does the same again."""
    return pytest.param(*values, marks=pytest.mark.repeat, id=id)
