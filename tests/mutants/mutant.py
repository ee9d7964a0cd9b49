"""Deliberate breaks, and the source texts with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from tests.mutants.changes import Change
from tests.mutants.plain import Plain
from tests.mutants.python import Python
from tests.mutants.scope import NotFound, Scope, find, spliced
from tests.mutants.tree import Language, Node, walk
from tests.mutants.typescript import TypeScript

LANGUAGES: Final[tuple[Language, ...]] = (
    Python(),
    TypeScript('.ts'),
    TypeScript('.tsx'),
    Plain('.lua'),
    Plain('.sql'),
)


@dataclass(frozen=True, slots=True, eq=False)
class Mutant:
    """A change of one function that a test has to notice.

    Attributes:
        name: what is broken.
        function: its qualified name; without one, the change is to the module.
        test: the id of a test of pytest, or `client/tests/FILE::name`.
    """

    name: str
    file: str
    function: str
    change: Change
    test: str

    @property
    def place(self) -> str:
        """The file and the function."""
        return f'{self.file}: {self.function}' if self.function else self.file


Broken: TypeAlias = tuple[Mutant, str | NotFound]
"""A mutant, with the source text of its file after the change or with the reason why there is none."""


def broken(mutants: Sequence[Mutant], root: Path) -> list[Broken]:
    """Make the change of each mutant to its file, and to that alone; the file stays as it is."""
    return [
        each
        for language in LANGUAGES
        for each in _broken([mutant for mutant in mutants if mutant.file.endswith(language.suffix)], language, root)
    ]


def _broken(mutants: Sequence[Mutant], language: Language, root: Path) -> list[Broken]:
    if not mutants:
        return []
    sources = {
        file: (root / file).read_text() for file in {mutant.file for mutant in mutants} if (root / file).exists()
    }
    expressions = sorted({each for mutant in mutants for each in mutant.change.expressions})
    texts = [*sources.values(), *map(_alone, expressions)]
    trees = dict(zip(texts, language.read(texts), strict=True))
    natives = {each: _native(each, trees[_alone(each)]) for each in expressions}
    made: list[Broken] = []
    for mutant in mutants:
        try:
            source = _source(sources, mutant.file)
            scope = Scope(source, find(trees[source], mutant.function), language, natives)
            made.append((mutant, spliced(source, mutant.change.edits(scope))))
        except NotFound as error:
            made.append((mutant, error))
    return list(_checked(made, language))


def _source(sources: Mapping[str, str], file: str) -> str:
    if file not in sources:
        raise NotFound('no such file')
    return sources[file]


def _alone(expression: str) -> str:
    return f'({expression})'


def _native(expression: str, tree: Node) -> object:
    return next(node.native for node in walk(tree) if (node.start, node.end) == (1, 1 + len(expression)))


def _checked(made: Sequence[Broken], language: Language) -> Iterator[Broken]:
    """Iterate over the same, without the source texts that cannot be parsed any more."""
    errors = iter(language.errors([source for _, source in made if isinstance(source, str)]))
    for mutant, source in made:
        error = next(errors) if isinstance(source, str) else ''
        yield mutant, NotFound(f'the change is no valid code ({error})') if error else source
