"""The function that a change is made to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

from tests.mutants.tree import Language, Node, functions, walk


class NotFound(Exception):
    """The place that a mutant names is not there, or there are several."""


class Edit(NamedTuple):
    """Another text between two places of a source text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Scope:
    """A function in a source text.

    Attributes:
        natives: the expressions that the changes look for, as the parser sees them.
    """

    source: str
    node: Node
    language: Language
    natives: Mapping[str, object]

    def text(self, node: Node) -> str:
        return self.source[node.start : node.end]

    def only(self, wanted: str, is_wanted: Callable[[Node], bool]) -> Node:
        """Return the only node of that sort."""
        return self.one(wanted, [node for node in walk(self.node) if is_wanted(node)])

    def one(self, wanted: str, found: Sequence[Node]) -> Node:
        """Return the only one of those that were found.

        Raises:
            NotFound: there is none, or more than one.
        """
        if len(found) == 1:
            return found[0]
        lines = ', '.join(str(self.source.count('\n', 0, node.start) + 1) for node in found)
        raise NotFound(f'{len(found)} of "{wanted}", in lines {lines}' if found else f'no "{wanted}"')

    def dropped(self, statement: Node) -> Edit:
        """Return the edit that leaves a statement out."""
        return Edit(statement.start, statement.end, self.language.nothing)

    def replaced(self, node: Node, text: str) -> Edit:
        """Return the edit that puts another expression in the place of one, in parentheses if it may need them."""
        is_statement = any(each.kind == 'statement' and each.children == (node,) for each in walk(self.node))
        is_safe = is_statement or re.fullmatch(r'[\w.#]+', text)
        return Edit(node.start, node.end, node.label + (text if is_safe else f'({text})'))


def find(tree: Node, function: str) -> Node:
    """Return the function of that qualified name; without a name, the whole module.

    Raises:
        NotFound: there is none, or more than one.
    """
    if not function:
        return tree
    found = [node for name, node in functions(tree) if name == function]
    if len(found) == 1:
        return found[0]
    similar = get_close_matches(function, [name for name, _ in functions(tree)], n=1)
    hint = f'; there is {similar[0]}' if similar else ''
    raise NotFound(f'{len(found)} functions {function}' if found else f'no function {function}{hint}')


def spliced(source: str, edits: Iterable[Edit]) -> str:
    """Return the source text after the edits, which do not overlap."""
    for start, end, text in sorted(edits, reverse=True):
        source = source[:start] + text + source[end:]
    return source
