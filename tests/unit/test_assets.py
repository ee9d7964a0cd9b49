"""Tests of the files of the built client."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dara.core._server.assets import BUILT, Assets


def test_a_file_that_an_upgrade_has_removed_is_not_found(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A running server whose files are replaced says so in one line, without a traceback."""
    built = tmp_path / 'built'
    shutil.copytree(BUILT, built)
    assets = Assets(built)
    script = next(path for path in (built / 'assets').iterdir() if path.suffix == '.js')
    assert assets.response(f'assets/{script.name}', '').status_code == 200
    script.unlink()
    assert assets.response(f'assets/{script.name}', '').status_code == 404
    [record] = caplog.records
    assert 'Restart the server' in record.getMessage()
    assert record.exc_info is None
