"""Checker of docstrings and JSDoc: `python -m tests.prose [PATHS]` prints each sentence that breaks a rule.

A summary names a thing or an act; it never begins with a question word. A sentence has one relative clause at most.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

ROOT: Final = Path(__file__).parent.parent
PLACES: Final = ('src/dara', 'client/src', 'client/tests', 'tests', 'tools', 'benchmarks', 'examples', 'hatch_build.py')
GENERATED: Final = ('_static', 'node_modules')
QUESTION: Final = re.compile(r'(what|who|whom|whose|where|how|which|whether|when|why|if)\b', re.IGNORECASE)
RELATIVE: Final = re.compile(r'\b(what|who|whom|whose|which)\b', re.IGNORECASE)
NOT_A_VERB: Final = re.compile(
    r'(the|a|an|this|that|these|those|it|its|they|he|she|we|you|all|any|each|every|no|not|nobody|somebody|one|as|at|by|'
    r'for|from|in|of|on|to|with|without|only|also|so|there)\b',
    re.IGNORECASE,
)
VERB: Final = re.compile(
    r'(is|are|has|have|does|keeps|holds|knows|runs|makes|gives|calls|reads|writes|returns|tells|says|takes|shows|draws|'
    r'asks|sends|says|finds|puts|goes|lets|waits|counts|checks|listens|watches|remembers|refuses|allows|raises)\b',
    re.IGNORECASE,
)
_JSDOC: Final = re.compile(r'/\*\*(.*?)\*/', re.DOTALL)
_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_Documented: TypeAlias = ast.Module | ast.ClassDef | _Function


class Fault(NamedTuple):
    """A sentence that breaks a rule, with its place."""

    path: Path
    line: int
    rule: str
    sentence: str

    def __str__(self) -> str:
        return f'{self.path}:{self.line}: {self.rule}: {self.sentence}'


def faults_in(path: Path) -> Iterator[Fault]:
    """Yield the faults of one Python or TypeScript file."""
    source = path.read_text()
    texts = _docstrings(source) if path.suffix == '.py' else _jsdoc(source)
    for line, kind, text in texts:
        sentences = _sentences(text)
        rule = _broken_rule(kind, sentences[0]) if sentences else None
        if rule:
            yield Fault(path, line, rule, sentences[0])
        for sentence in sentences:
            if len(RELATIVE.findall(sentence)) > 1:
                yield Fault(path, line, 'more than one relative clause', sentence)


def source_files(*places: str) -> Iterator[Path]:
    """Yield the project's Python and TypeScript files below `places`, relative to its root."""
    for place in places or PLACES:
        path = ROOT / place
        files = [path] if path.is_file() else sorted(path.rglob('*'))
        for file in files:
            if file.suffix in ('.py', '.ts', '.tsx') and not any(part in GENERATED for part in file.parts):
                yield file


def _broken_rule(kind: str, summary: str) -> str | None:
    if QUESTION.match(summary):
        return 'begins with a question word'
    if kind == 'function' and NOT_A_VERB.match(summary):
        return 'a function begins with a verb'
    if kind == 'noun' and VERB.match(summary):
        return 'a class or module begins with a noun'
    return None


def _docstrings(source: str) -> Iterator[tuple[int, str, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and (
            text := ast.get_docstring(node)
        ):
            yield node.body[0].lineno, _kind(node), text
        for name, text in _attribute_docs(node):
            yield name, 'attribute', text


def _kind(node: _Documented) -> str:
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return 'noun'
    decorators = [ast.unparse(each) for each in node.decorator_list]
    is_value = any('property' in each or 'fixture' in each for each in decorators)
    return 'attribute' if is_value or node.name.startswith('test_') else 'function'


def _attribute_docs(node: ast.AST) -> Iterator[tuple[int, str]]:
    body = getattr(node, 'body', None)
    if not isinstance(body, list):
        return
    for before, after in pairwise(body):
        match before, after:
            case ast.Assign() | ast.AnnAssign(), ast.Expr(value=ast.Constant(value=str(text))):
                yield after.lineno, text


def _jsdoc(source: str) -> Iterator[tuple[int, str, str]]:
    for match in _JSDOC.finditer(source):
        text = re.sub(r'^[ \t]*\*[ \t]?', '', match[1], flags=re.MULTILINE).strip()
        after = source[match.end() :].lstrip()
        is_class = re.match(r'(export )?(default )?(abstract )?class\b', after)
        is_function = re.match(r'(export )?(default )?(async )?function\b(?! [A-Z])', after)
        yield source.count('\n', 0, match.start()) + 1, 'noun' if is_class else 'function' if is_function else '', text


def _sentences(text: str) -> list[str]:
    prose = re.sub(r'```.*?```|`[^`]*`', '`code`', text, flags=re.DOTALL)
    flat = re.sub(r'\s+', ' ', prose).strip()
    return [each for each in re.split(r'(?<=[.!?:;])\s+', flat) if each]


if __name__ == '__main__':
    found = [fault for file in source_files(*sys.argv[1:]) for fault in faults_in(file)]
    print(*found, sep='\n')
    print(f'{len(found)} faults')
    sys.exit(bool(found))
