"""The app's static folders."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from dara.core._server import state
from dara.core._server.state import StateFolder


class StaticFolders(StaticFiles):
    """The files of several folders; of two with one name, that of the first folder. Nothing outside of them.

    Browsers may keep a file, and ask each time whether it is still the same.

    Args:
        kept: the state folder, of which nothing is served wherever it is; nor is another app's.
    """

    def __init__(self, folders: Sequence[str], kept: StateFolder) -> None:
        self._folders = folders
        self._kept = kept
        super().__init__()

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        file, found = super().lookup_path(path)
        is_state = state.NAME in Path(path.casefold()).parts or (found and self._kept.holds(Path(file)))
        return ('', None) if is_state else (file, found)

    def get_directories(self, *_: Any, **__: Any) -> list[str | os.PathLike[str]]:
        return list(self._folders)

    def file_response(self, *arguments: Any, **keywords: Any) -> Response:
        response = super().file_response(*arguments, **keywords)
        response.headers['Cache-Control'] = 'no-cache'
        response.headers['X-Content-Type-Options'] = 'nosniff'
        return response
