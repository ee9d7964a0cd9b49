"""The reader of TypeScript."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

from hatch_build import find_node
from tests.mutants.tree import Kind, Node, awaited

Native: TypeAlias = dict[str, Any]
PARSER: Final = Path(__file__).parent / 'parse.mjs'
FUNCTIONS: Final = ('FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression')
CLASSES: Final = ('ClassDeclaration', 'ClassExpression')
CALLS: Final = ('CallExpression', 'NewExpression')
CONDITIONALS: Final = ('IfStatement', 'ConditionalExpression', 'WhileStatement', 'DoWhileStatement', 'ForStatement')
KINDS: Final[Mapping[str, Kind]] = {
    **dict.fromkeys(FUNCTIONS, 'function'),
    **dict.fromkeys(CLASSES, 'class'),
    **dict.fromkeys(('ExpressionStatement', 'VariableDeclaration'), 'statement'),
    **dict.fromkeys(('ReturnStatement', 'ThrowStatement'), 'exit'),
    **dict.fromkeys(CONDITIONALS, 'conditional'),
    **dict.fromkeys(('LogicalExpression', 'UnaryExpression'), 'logic'),
    **dict.fromkeys(CALLS, 'call'),
    **dict.fromkeys(('VariableDeclarator', 'AssignmentExpression', 'PropertyDefinition'), 'assignment'),
    **dict.fromkeys(('Identifier', 'PrivateIdentifier', 'MemberExpression'), 'name'),
}
OPERATORS: Final = {'LogicalExpression': ('&&', '||'), 'UnaryExpression': ('!',), 'AssignmentExpression': ('=',)}
"""The operators with which a node is of its kind."""
PARTS: Final = {
    **dict.fromkeys(CONDITIONALS, ('test',)),
    'LogicalExpression': ('left', 'right'),
    'UnaryExpression': ('argument',),
    **dict.fromkeys(CALLS, ('arguments',)),
    'VariableDeclarator': ('init',),
    'AssignmentExpression': ('right',),
    'PropertyDefinition': ('value',),
}
"""The fields whose contents are the parts of a node."""
NAMES: Final = {
    **dict.fromkeys((*FUNCTIONS, *CLASSES, 'VariableDeclarator'), 'id'),
    **dict.fromkeys(CALLS, 'callee'),
    **dict.fromkeys(('ChainExpression', 'TSNonNullExpression'), 'expression'),
    'AssignmentExpression': 'left',
    'PropertyDefinition': 'key',
    'MemberExpression': 'property',
}
"""The fields that have the name of a node."""
TARGETS: Final = {
    'VariableDeclarator': ('id',),
    'AssignmentExpression': ('left',),
    'ForOfStatement': ('left',),
    'ForInStatement': ('left',),
    'UpdateExpression': ('argument',),
    'CatchClause': ('param',),
    **dict.fromkeys(FUNCTIONS, ('id', 'params')),
}
"""The fields in which a name is written, not read."""
PATTERNS: Final = {
    'ObjectPattern': ('properties',),
    'ArrayPattern': ('elements',),
    'AssignmentPattern': ('left',),
    'RestElement': ('argument',),
    'Property': ('value',),
}
"""The fields of a target that are targets, too."""
TYPES: Final = ('typeAnnotation', 'typeArguments', 'typeParameters', 'returnType', 'superTypeArguments', 'implements')


class TypeScript:
    """TypeScript, as the bundler of the client parses it."""

    nothing = ';'
    constants: Mapping[bool, str] = {True: 'true', False: 'false'}

    def __init__(self, suffix: str) -> None:
        self.suffix = suffix

    def read(self, sources: Sequence[str]) -> list[Node]:
        return [
            _Reader(source).read(native) for source, native in zip(sources, self._parse('tree', sources), strict=True)
        ]

    def errors(self, sources: Sequence[str]) -> list[str]:
        return [str(error) for error in self._parse('errors', sources)]

    def _parse(self, wanted: str, sources: Sequence[str]) -> list[Any]:
        command = [str(find_node()), str(PARSER), self.suffix, wanted]
        run = subprocess.run(command, input=json.dumps(sources), capture_output=True, text=True, check=False)
        if run.returncode:
            raise RuntimeError(f'{PARSER.name} has failed:\n{run.stderr}')
        return list(json.loads(run.stdout))


class _Reader:
    def __init__(self, source: str) -> None:
        self._places = [i for i, each in enumerate(source) for _ in range(2 if each > '\uffff' else 1)]
        self._places.append(len(source))

    def read(self, native: Native, *, name: str = '', label: str = '', is_target: bool = False) -> Node:
        """Return the node. `name` is for a function that has none of its own; a target is written, not read."""
        if native['type'] == 'ChainExpression':
            return self.read(native['expression'])
        read = {
            id(child): self.read(child, **_place(native, field, is_target=is_target))
            for field, child in _children(native)
        }
        start, end = self._places[native['start']], self._places[native['end']]
        children = tuple(read.values())
        if native['type'] == 'AwaitExpression' and children[0].kind == 'call':
            return awaited(children[0], start, end, native)
        kind = _kind(native)
        return Node(
            kind,
            start,
            end,
            _name(native) or (name if kind in ('function', 'class') else ''),
            tuple(read[id(part)] for part in _parts(native)),
            children,
            None if is_target else native,
            label,
        )


def _place(parent: Native, field: str, *, is_target: bool) -> dict[str, Any]:
    """Return what the place of a node says of it."""
    kind = parent['type']
    named = parent.get('id' if kind == 'VariableDeclarator' else 'key') if field in ('init', 'value') else None
    return {
        'name': _name(named),
        'label': f'{_name(named)}: ' if parent.get('shorthand') else '',
        'is_target': field in TARGETS.get(kind, ()) or (is_target and field in PATTERNS.get(kind, ())),
    }


def _children(native: Native) -> Iterator[tuple[str, Native]]:
    is_type = native['type'].startswith('TS')
    for field, value in native.items():
        is_name = field in ('key', 'property') and not native.get('computed')
        if is_name or field in TYPES or (is_type and field != 'expression'):
            continue
        for each in value if isinstance(value, list) else (value,):
            if isinstance(each, dict) and 'type' in each:
                yield field, each


def _kind(native: Native) -> Kind:
    kind = native['type']
    has_other_operator = kind in OPERATORS and native['operator'] not in OPERATORS[kind]
    has_no_value = kind in ('VariableDeclarator', 'PropertyDefinition') and not _parts(native)
    return 'other' if has_other_operator or has_no_value else KINDS.get(kind, 'other')


def _name(native: Any) -> str:
    match native:
        case {'type': 'Identifier', 'name': str(name)}:
            return name
        case {'type': 'PrivateIdentifier', 'name': str(name)}:
            return f'#{name}'
        case {'type': kind} if kind in NAMES and not native.get('computed'):
            return _name(native[NAMES[kind]])
        case _:
            return ''


def _parts(native: Native) -> Sequence[Native]:
    found = [native[field] for field in PARTS.get(native['type'], ())]
    return [each for value in found for each in (value if isinstance(value, list) else (value,)) if each]
