"""The vocabulary of changes to a function.

A change refers to names and to the structure of the code, so it outlives other formatting and most edits nearby.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from tests.mutants.scope import Edit, NotFound, Scope
from tests.mutants.tree import Node, innermost, is_same, mentions, walk


class Change(ABC):
    """A change of the only place of its sort in a function."""

    @property
    def expressions(self) -> tuple[str, ...]:
        """The expressions that it looks for."""
        return ()

    @abstractmethod
    def edits(self, scope: Scope) -> Iterator[Edit]:
        """Iterate over the edits of the source text that make the change.

        Raises:
            NotFound: the place is not there, or not the only one.
        """


class Together(Change):
    """Several changes of one function."""

    def __init__(self, *changes: Change) -> None:
        self._changes = changes

    @property
    def expressions(self) -> tuple[str, ...]:
        return tuple(each for change in self._changes for each in change.expressions)

    def edits(self, scope: Scope) -> Iterator[Edit]:
        for change in self._changes:
            yield from change.edits(scope)


@dataclass(frozen=True)
class DropCall(Change):
    """The removal of the statement that calls `name`."""

    name: str

    def edits(self, scope: Scope) -> Iterator[Edit]:
        yield scope.dropped(_statement_calling(scope, self.name))


@dataclass(frozen=True)
class MoveCall(Change):
    """The move of the statement that calls `name`, to right before the one with the call of `before`."""

    name: str
    before: str

    def edits(self, scope: Scope) -> Iterator[Edit]:
        moved, later = _statement_calling(scope, self.name), _statement_calling(scope, self.before)
        yield Edit(later.start, later.start, f'{scope.text(moved)}; ')
        yield scope.dropped(moved)


@dataclass(frozen=True)
class ReplaceCall(Change):
    """Something else in the place of the call of `name`, and of its `await`.

    In `instead`, `{call}` stands for the call, `{0}` for its first argument, `{1}` for the second.
    """

    name: str
    instead: str

    def edits(self, scope: Scope) -> Iterator[Edit]:
        call = scope.only(f'call of {self.name}', lambda node: node.kind == 'call' and node.name == self.name)

        def text(placeholder: re.Match[str]) -> str:
            if placeholder[1] == 'call':
                return scope.text(call)
            if int(placeholder[1]) >= len(call.parts):
                raise NotFound(f'the call of {self.name} has no argument {placeholder[0]}')
            return scope.text(call.parts[int(placeholder[1])])

        yield scope.replaced(call, re.sub(r'\{(call|\d)\}', text, self.instead))


class _Condition(Change):
    truth: ClassVar[bool]

    def __init__(self, *names: str) -> None:
        self._names = names

    def edits(self, scope: Scope) -> Iterator[Edit]:
        mentioning = [node for node in _conditions(scope) if all(mentions(node, name) for name in self._names)]
        condition = scope.one(f'condition with {" and ".join(self._names)}', innermost(mentioning))
        yield scope.replaced(condition, scope.language.constants[self.truth])


class Never(_Condition):
    """A condition that is always false: the only one with all of the names in it.

    A condition is a test, or an operand of an `and`, `or` or `not`, and is none of these itself.
    """

    truth = False


class Always(_Condition):
    """A condition that is always true, found as in `Never`."""

    truth = True


@dataclass(frozen=True)
class Assign(Change):
    """An assignment of another value to `target`, a variable or an attribute."""

    target: str
    value: str

    def edits(self, scope: Scope) -> Iterator[Edit]:
        assignment = scope.only(
            f'assignment to {self.target}', lambda node: node.kind == 'assignment' and node.name == self.target
        )
        yield scope.replaced(assignment.parts[0], self.value)


@dataclass(frozen=True)
class Return(Change):
    """A return of `value` in the place of the return or raise with the name `instead_of` in it."""

    value: str
    instead_of: str

    def edits(self, scope: Scope) -> Iterator[Edit]:
        ends = (node for node in walk(scope.node) if node.kind == 'exit' and mentions(node, self.instead_of))
        end = scope.one(f'return or raise with {self.instead_of}', innermost(ends))
        yield Edit(end.start, end.end, f'return {self.value}')


@dataclass(frozen=True)
class Replace(Change):
    """An expression in the place of another, which is compared as code and not as text."""

    expression: str
    instead: str

    @property
    def expressions(self) -> tuple[str, ...]:
        return (self.expression,)

    def edits(self, scope: Scope) -> Iterator[Edit]:
        wanted = scope.natives[self.expression]
        node = scope.only(self.expression, lambda each: each.native is not None and is_same(each.native, wanted))
        yield scope.replaced(node, self.instead)


@dataclass(frozen=True)
class ReplaceText(Change):
    """Another text in the place of the only one of that text, for languages that are not parsed here."""

    text: str
    instead: str

    def edits(self, scope: Scope) -> Iterator[Edit]:
        places = [each.start() for each in re.finditer(re.escape(self.text), scope.text(scope.node))]
        if len(places) != 1:
            raise NotFound(f'{len(places)} of "{self.text}"')
        start = scope.node.start + places[0]
        yield Edit(start, start + len(self.text), self.instead)


def _statement_calling(scope: Scope, name: str) -> Node:
    statements = (
        node
        for node in walk(scope.node)
        if node.kind in ('statement', 'exit') and any(each.kind == 'call' and each.name == name for each in walk(node))
    )
    return scope.one(f'statement that calls {name}', innermost(statements))


def _conditions(scope: Scope) -> Iterator[Node]:
    for node in walk(scope.node):
        if node.kind in ('conditional', 'logic'):
            yield from (part for part in node.parts if part.kind != 'logic')
