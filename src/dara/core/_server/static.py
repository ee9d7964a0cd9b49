"""The app's static folders."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles


class StaticFolders(StaticFiles):
    """The files of several folders; of two with one name, that of the first folder. Nothing outside of them.

    Browsers may keep a file, and ask each time whether it is still the same.
    """

    def __init__(self, folders: Sequence[str]) -> None:
        self._folders = folders
        super().__init__()

    def get_directories(self, *_: Any, **__: Any) -> list[str | os.PathLike[str]]:
        return list(self._folders)

    def file_response(self, *arguments: Any, **keywords: Any) -> Response:
        response = super().file_response(*arguments, **keywords)
        response.headers['Cache-Control'] = 'no-cache'
        response.headers['X-Content-Type-Options'] = 'nosniff'
        return response
