"""Copies of the apps of `examples/`, started as their first lines say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.process import AppServer

EXAMPLES = Path(__file__).parents[2] / 'examples'


class Example(AppServer):
    """A copy of one of them. Its sessions survive a restart, since it keeps its secret."""

    def __init__(self, directory: Path, name: str, supplement: str = '') -> None:
        self._file = f'{name}.py'
        source = (EXAMPLES / self._file).read_text()
        environment = {'DARA_SECRET': 'known to this test alone'}
        super().__init__(directory, f'{source}\n{supplement}', environment=environment)
        self._arguments = re.findall(r'`dara start (.*?)`', source)[0].split()

    def write_app(self, app: str) -> None:
        (self.directory / self._file).write_text(app)

    def start(self, *options: str) -> AppServer:
        return super().start(*self._arguments, *options)

    def stored(self, file: str) -> Any:
        """Return the present content of one of its files."""
        return json.loads((self.directory / file).read_text())


Run = Callable[..., Example]
