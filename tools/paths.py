"""A generator of the modules of documented import paths, and of docs/not-here-yet.md: `python tools/paths.py`."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

from dara.core._documented import ABSENT, PATHS
from dara.core._unsupported import ATTRIBUTES, METHODS
from dara.core.component import ComponentInstance

ROOT: Final = Path(__file__).parent.parent
SOURCE: Final = ROOT / 'src'
PAGE: Final = ROOT / 'docs' / 'not-here-yet.md'
HOMES: Final = (
    'dara.core.variables',
    'dara.core._older',
    'dara.core._switch',
    'dara.core._operators',
    'dara.core.derived',
    'dara.core.filtering',
    'dara.core.server_variable',
    'dara.core.errors',
    'dara.core.py_components',
    'dara.core.progress',
    'dara.core.component',
    'dara.core.actions',
    'dara.core.flow',
    'dara.core.visual.components',
    'dara.core.visual.styled',
    'dara.core.css',
    'dara.core._themes',
    'dara.core.router',
    'dara.core.auth.config',
    'dara.core.http',
    'dara.components',
    'dara.components.table',
    'dara.components.columns',
    'dara.components.formatters',
)
"""The modules of which the generated modules import: each name from the first that defines or exports it."""

HEADING: Final = '"""A documented import path; its names are defined elsewhere."""'
HINT: Final = 'if not TYPE_CHECKING:\n    __getattr__ = explain_absence(__name__)'
INTRODUCTION: Final = """# What is not here yet

The API of Dara is that of its public documentation. These documented names are not here yet. Importing one raises an
`ImportError` that names the nearest thing. `make docs` makes this page from the code.
"""


def generated() -> dict[Path, str]:
    """Return the text of every generated file by its path."""
    return {PAGE: page(), **{file_of(module): text_of(names.split()) for module, names in PATHS.items()}}


def file_of(module: str) -> Path:
    """Return the file of a module: that of a package if it has submodules."""
    path = SOURCE.joinpath(*module.split('.'))
    is_package = any(other.startswith(f'{module}.') for other in PATHS)
    return path / '__init__.py' if is_package else path.with_suffix('.py')


def text_of(names: Iterable[str]) -> str:
    """Return the text of a module that leads to `names`; absent names raise an error that says so."""
    absent = absent_names()
    present = sorted(set(names) - absent, key=_order)
    imports = {home: [name for name in present if home_of(name) == home] for home in HOMES}
    if set(names) & absent:
        imports['dara.core._absent'] = ['explain_absence']
        imports['typing'] = ['TYPE_CHECKING']
    blocks = [_imports({'typing': imports.pop('typing', [])}), _imports(imports), _exports(present)]
    if set(names) & absent:
        blocks.append(HINT)
    return '\n\n'.join([HEADING, *filter(None, blocks)]) + '\n'


def home_of(name: str) -> str:
    """Return the first module of `HOMES` that defines or exports a name."""
    return next(home for home in HOMES if name in names_of(home))


def absent_names() -> set[str]:
    """Return the documented names that are not here yet."""
    return {name for each in ABSENT for name in each.names.split()}


def page() -> str:
    """Return the page about the absent names, by topic, and about absent props and settings."""
    topics: dict[str, list[str]] = {}
    for each in ABSENT:
        names = ', '.join(f'`{name}`' for name in _documented(each.names.split()))
        topics.setdefault(each.topic, []).append(f'| {names} | {each.instead.removeprefix("Nearest: ")} |')
    sections = [
        f'## {topic}\n\n| not here | instead |\n|---|---|\n' + '\n'.join(rows) for topic, rows in topics.items()
    ]
    return '\n\n'.join([INTRODUCTION.rstrip(), *sections, _props(), _settings()]) + '\n'


def _props() -> str:
    rows = [f'| `{kind.__name__}` | {_listed(kind._not_yet)} |' for kind in _components() if '_not_yet' in vars(kind)]
    heading = '## Props\n\nThese props are ignored; the log names the line of the app.'
    return '\n'.join([heading, '', '| of | not here |', '|---|---|', *rows])


def _components() -> list[type[ComponentInstance]]:
    kinds = [value for home in HOMES for value in vars(importlib.import_module(home)).values()]
    components = {kind for kind in kinds if isinstance(kind, type) and issubclass(kind, ComponentInstance)}
    return sorted(components - {ComponentInstance}, key=lambda kind: kind.__name__)


def _listed(names: Iterable[str]) -> str:
    return ', '.join(f'`{name}`' for name in sorted(names))


def _settings() -> str:
    advice = {**{name: advice for name, (_, advice) in ATTRIBUTES.items()}, **METHODS}
    rows = [f'| `config.{name}` | {text} |' for name, text in sorted(advice.items())]
    heading = (
        '## Settings\n\nAttributes that an app does not need are ignored, with a line in the log. '
        'The others, and the methods, raise `InvalidDefinition`.'
    )
    return '\n'.join([heading, '', '| not here | instead |', '|---|---|', *rows])


def write() -> None:
    """Write the generated files, and print those that changed."""
    for path, text in generated().items():
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            print(path.relative_to(ROOT))


@cache
def names_of(home: str) -> frozenset[str]:
    """Return the public names that a module defines or exports."""
    module = importlib.import_module(home)
    constant = {name for name in vars(module) if name.isupper()}
    defined = {name for name, value in vars(module).items() if getattr(value, '__module__', None) == home}
    return frozenset([*getattr(module, '__all__', ()), *constant, *defined])


def _documented(names: list[str]) -> Iterator[str]:
    """Yield the names, but of each palette only the name without a number."""
    return (name for name in names if not (name[-1].isdigit() and name.rstrip('0123456789') in names))


def _imports(imports: dict[str, list[str]]) -> str:
    lines = [_wrapped(f'from {home} import ', names, '()') for home, names in sorted(imports.items()) if names]
    return '\n'.join(lines)


def _exports(names: list[str]) -> str:
    return _wrapped('__all__ = ', [repr(name) for name in names], '[]') if names else ''


def _wrapped(start: str, names: list[str], brackets: str) -> str:
    """Return one line, or one line for each name if that is too long, as the formatter has it."""
    inner = ', '.join(names)
    line = f'{start}{inner}' if brackets == '()' else f'{start}[{inner}]'
    if len(line) <= 120:
        return line
    return '\n'.join([start + brackets[0], *(f'    {name},' for name in names), brackets[1]])


def _order(name: str) -> tuple[int, str]:
    """Return the key by which the linter sorts names: constants, classes, others."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


if __name__ == '__main__':
    write()
