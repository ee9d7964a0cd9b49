"""The app's static folders."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from dara.core._server.state import StateFolder


class StaticFolders(StaticFiles):
    """The files of several folders. The first folder that has a path wins.

    Files outside of them and hidden files, whose names or folders begin with a dot, are not served. Browsers may cache
    a file, and revalidate it at each use.

    Args:
        state_folder: the app's state folder; its files and those of other apps' state folders are never served.
    """

    def __init__(self, folders: Sequence[str], state_folder: StateFolder) -> None:
        self._folders = folders
        self._state_folder = state_folder
        super().__init__()

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        file, found = super().lookup_path(path)
        is_hidden = any(part.startswith('.') for part in Path(path).parts)
        is_state = found is not None and self._state_folder.contains(Path(file))
        return ('', None) if is_hidden or is_state else (file, found)

    def get_directories(self, *_: Any, **__: Any) -> list[str | os.PathLike[str]]:
        return list(self._folders)

    def file_response(self, *arguments: Any, **keywords: Any) -> Response:
        response = super().file_response(*arguments, **keywords)
        response.headers['Cache-Control'] = 'no-cache'
        response.headers['X-Content-Type-Options'] = 'nosniff'
        return response
