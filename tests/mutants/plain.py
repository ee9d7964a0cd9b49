"""The reader of Lua and SQL: it finds the functions, whose text stays text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from tests.mutants.tree import Node

FUNCTION: Final = {
    '.lua': re.compile(r'^local function (\w+)\(.*?^end$', re.DOTALL | re.MULTILINE),
    '.sql': re.compile(r'^CREATE FUNCTION dara\.(\w+)\(.*?\$\$;$', re.DOTALL | re.MULTILINE),
}
"""A function, in the way that the files of this project are written."""


class Plain:
    """Lua or SQL, of which nothing but functions is told apart; the database itself finds mistakes."""

    nothing = ''
    constants: Mapping[bool, str] = {True: 'true', False: 'false'}

    def __init__(self, suffix: str) -> None:
        self.suffix = suffix

    def read(self, sources: Sequence[str]) -> list[Node]:
        return [self._read(source) for source in sources]

    def errors(self, sources: Sequence[str]) -> list[str]:
        return ['' for _ in sources]

    def _read(self, source: str) -> Node:
        found = FUNCTION[self.suffix].finditer(source)
        functions = tuple(Node('function', each.start(), each.end(), each[1]) for each in found)
        return Node('other', 0, len(source), children=functions)
