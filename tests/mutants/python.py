"""The reader of Python."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tests.mutants.tree import Kind, Node, awaited

KINDS: Final[Mapping[type[ast.AST], Kind]] = {
    **dict.fromkeys((ast.FunctionDef, ast.AsyncFunctionDef), 'function'),
    ast.ClassDef: 'class',
    **dict.fromkeys((ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Delete), 'statement'),
    **dict.fromkeys((ast.Return, ast.Raise), 'exit'),
    **dict.fromkeys((ast.If, ast.IfExp, ast.While, ast.Assert, ast.comprehension, ast.match_case), 'conditional'),
    **dict.fromkeys((ast.BoolOp, ast.UnaryOp), 'logic'),
    ast.Call: 'call',
    **dict.fromkeys((ast.Name, ast.Attribute), 'name'),
}
PARTS: Final[Mapping[type[ast.AST], str]] = {
    **dict.fromkeys((ast.If, ast.IfExp, ast.While, ast.Assert), 'test'),
    ast.comprehension: 'ifs',
    ast.match_case: 'guard',
    ast.BoolOp: 'values',
    ast.UnaryOp: 'operand',
    ast.Call: 'args',
}
"""The fields whose contents are the parts of a node."""
LEFT_OUT: Final = (ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop)
TYPES: Final = ('annotation', 'returns')


class Python:
    """Python, as the standard library parses it."""

    suffix: str = '.py'
    nothing = 'pass'
    constants: Mapping[bool, str] = {True: 'True', False: 'False'}

    def read(self, sources: Sequence[str]) -> list[Node]:
        return [_Reader(source).read(ast.parse(source)) for source in sources]

    def errors(self, sources: Sequence[str]) -> list[str]:
        return [_error(source) for source in sources]


def _error(source: str) -> str:
    try:
        ast.parse(source)
    except SyntaxError as error:
        return str(error)
    return ''


class _Reader:
    def __init__(self, source: str) -> None:
        self._lines = source.split('\n')
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def read(self, native: ast.AST) -> Node:
        read = {id(child): self.read(child) for child in _children(native)}
        start, end = self._span(native)
        if isinstance(native, ast.Await) and isinstance(native.value, ast.Call):
            return awaited(read[id(native.value)], start, end, native)
        assignments = [
            Node('assignment', start, end, target, (read[id(value)],)) for target, value in _assignments(native)
        ]
        return Node(
            _kind(native),
            start,
            end,
            _name(native),
            tuple(read[id(part)] for part in _parts(native)),
            (*assignments, *read.values()),
            native if isinstance(native, ast.expr) else None,
        )

    def _span(self, native: ast.AST) -> tuple[int, int]:
        if not isinstance(native, ast.expr | ast.stmt):
            return 0, self._starts[-1] - 1
        assert native.end_lineno is not None
        assert native.end_col_offset is not None
        return self._place(native.lineno, native.col_offset), self._place(native.end_lineno, native.end_col_offset)

    def _place(self, line: int, column: int) -> int:
        """Return the index in the source text of a column, which is in bytes."""
        return self._starts[line - 1] + len(self._lines[line - 1].encode()[:column].decode())


def _children(native: ast.AST) -> Iterator[ast.AST]:
    for name, value in ast.iter_fields(native):
        for each in value if isinstance(value, list) else (value,):
            if isinstance(each, ast.AST) and not isinstance(each, LEFT_OUT) and name not in TYPES:
                yield each


def _kind(native: ast.AST) -> Kind:
    if isinstance(native, ast.UnaryOp) and not isinstance(native.op, ast.Not):
        return 'other'
    return KINDS.get(type(native), 'other')


def _name(native: ast.AST) -> str:
    match native:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=called):
            return _name(called)
        case _:
            return ''


def _parts(native: ast.AST) -> Sequence[ast.AST]:
    found = getattr(native, PARTS.get(type(native), ''), None)
    return found if isinstance(found, list) else [found] if found else []


def _assignments(native: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    match native:
        case ast.Assign(targets=targets, value=value):
            yield from ((_name(target), value) for target in targets)
        case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
            yield _name(target), value
