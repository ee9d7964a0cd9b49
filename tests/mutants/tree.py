"""Syntax trees in the terms that Python and TypeScript share, as far as a change is concerned with them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, Protocol, TypeAlias

Kind: TypeAlias = Literal[
    'function', 'class', 'statement', 'exit', 'conditional', 'logic', 'call', 'assignment', 'name', 'other'
]
POSITIONS: Final = frozenset({'start', 'end', 'raw'})


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A node of a syntax tree.

    Attributes:
        kind: its role. A `statement` has no others in it, an `exit` is a `return`, `raise` or `throw`, and `logic` is
            an `and`, `or` or `not`.
        start: its place in the source text, up to `end`.
        name: that of a function, class, variable or attribute; of what is called; of what is assigned to.
        parts: the arguments of a call, the tests of a conditional, the operands of logic, the value of an assignment.
        native: the parser's own node, of an expression that is read.
        label: what has to stand before another expression in its place.
    """

    kind: Kind
    start: int
    end: int
    name: str = ''
    parts: tuple[Node, ...] = ()
    children: tuple[Node, ...] = ()
    native: object = None
    label: str = ''


class Language(Protocol):
    """A language in which something can be broken."""

    suffix: str
    """The end of the names of its files."""
    nothing: str
    """The statement that does nothing."""
    constants: Mapping[bool, str]

    def read(self, sources: Sequence[str]) -> list[Node]:
        """Return the tree of each source text."""

    def errors(self, sources: Sequence[str]) -> list[str]:
        """Return what is wrong with each source text; nothing, if it can be parsed."""


def walk(node: Node) -> Iterator[Node]:
    """Iterate over the node and all below it, in the order of the source text."""
    left = [node]
    while left:
        node = left.pop()
        yield node
        left.extend(reversed(node.children))


def functions(node: Node, prefix: str = '') -> Iterator[tuple[str, Node]]:
    """Iterate over the functions below the node, with their qualified names: `Class.method.inner`."""
    for child in node.children:
        name = prefix
        if child.kind in ('function', 'class') and child.name:
            name = f'{prefix}.{child.name}' if prefix else child.name
            if child.kind == 'function':
                yield name, child
        yield from functions(child, name)


def mentions(node: Node, name: str) -> bool:
    """Return whether a variable or attribute of that name is in the node."""
    return any(each.kind == 'name' and each.name == name for each in walk(node))


def innermost(nodes: Iterable[Node]) -> list[Node]:
    """Return those of the nodes with no other one of them inside."""
    distinct = list({(node.start, node.end): node for node in nodes}.values())
    return [
        node
        for node in distinct
        if not any(node.start <= each.start and each.end <= node.end for each in distinct if each is not node)
    ]


def awaited(call: Node, start: int, end: int, native: object) -> Node:
    """Return a call together with its `await`, as one call."""
    return Node('call', start, end, call.name, call.parts, (replace(call, kind='other'),), native)


def is_same(one: Any, other: Any) -> bool:
    """Return whether two native nodes are the same code, in any place and with any formatting."""
    if type(one) is not type(other):
        return False
    if isinstance(one, ast.AST):
        return is_same(dict(ast.iter_fields(one)), dict(ast.iter_fields(other)))
    if isinstance(one, dict):
        names = (one.keys() | other.keys()) - POSITIONS
        return all(is_same(one.get(name), other.get(name)) for name in names)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other)
