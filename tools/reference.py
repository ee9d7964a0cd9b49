"""A generator of docs/reference, from signatures and docstrings: `python tools/reference.py`."""

from __future__ import annotations

import importlib
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from functools import cache, cached_property
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from dara.components._styled import StyledComponentInstance
from dara.core import ActionCtx, Condition, Configuration
from dara.core._routes import RouteContainer
from dara.core.variables import AnyVariable

FOLDER: Final = Path(__file__).parent.parent / 'docs' / 'reference'
MODULES: Final = (
    'dara.core',
    'dara.core.persistence',
    'dara.core.auth',
    'dara.core.router',
    'dara.core.http',
    'dara.core.visual.components',
    'dara.core.css',
    'dara.core.errors',
    'dara.core.asgi',
    'dara.components',
    'dara.components.common.table',
)
# Base classes of several entries of a page, documented once on it.
SHARED: Final = {
    'dara.core': AnyVariable,
    'dara.core.router': RouteContainer,
    'dara.components': StyledComponentInstance,
}
# Classes that apps are given objects of, and do not construct.
CONSTRUCTED_BY_DARA: Final = (ActionCtx, Condition, Configuration)
# The names of the types of props; other types are shown by their own name.
TYPES: Final = {
    'TextProp': 'string, number, variable',
    'Actions': 'actions',
    'Any': 'anything',
    'AnyVariable[Any]': 'variable',
    'Branch': 'components',
    'Child': 'component',
    'Children': 'components',
    'ComponentInstance': 'component',
    'Css': 'css',
    'Dynamic': 'variable',
    'Factor': 'number, bool, string, variable',
    'Flag': 'bool, variable',
    'Items': 'items, variable',
    'Size': 'number, string, variable',
    'Word': 'string, variable',
    'dict[str, str | int | float]': 'dict',
    'float': 'number',
    'list[ComponentInstance]': 'components',
    'bool': 'bool',
    'int': 'int',
    'str': 'string',
}
DIAGRAM: Final = re.compile('[├└│]')


def pages() -> dict[str, str]:
    """Return the text of every page of the reference, by its file name."""
    modules = [importlib.import_module(name) for name in MODULES]
    seen: dict[int, str] = {}
    index = [f'- [{each.__name__}]({each.__name__}.md): {_doc(each).splitlines()[0]}' for each in modules]
    heading = '# Reference\n\nEvery public name, module by module; made from the code by `make docs`.\n\n'
    return {
        'README.md': heading + '\n'.join(index) + '\n',
        **{f'{each.__name__}.md': '\n\n'.join(filter(None, _page(each, seen))) + '\n' for each in modules},
    }


def public_names(module: ModuleType) -> list[str]:
    """Return the public names of a module: its `__all__`, or the classes and functions that it defines."""
    if hasattr(module, '__all__'):
        return list(module.__all__)
    own = [name for name, value in vars(module).items() if getattr(value, '__module__', '') == module.__name__]
    return [name for name in own if not name.startswith('_') and isinstance(getattr(module, name), type | FunctionType)]


def members(owner: type) -> Iterator[tuple[str, Any]]:
    """Yield the methods and properties that a class adds to those of its documented parents, as they are declared."""
    parents = [each for each in owner.__mro__[1:] if each in _documented()]
    inherited = {name for parent in parents for name in dir(parent)}
    undocumented = [each for each in owner.__mro__ if each.__module__.startswith('dara.') and each not in parents]
    hidden = {name for each in owner.__mro__ if not each.__module__.startswith('dara.') for name in vars(each)}
    names = dict.fromkeys(name for each in undocumented for name in vars(each) if not name.startswith('_'))
    for name in (each for each in names if each not in hidden):
        declared = inspect.getattr_static(owner, name)
        is_offered = isinstance(declared, FunctionType | staticmethod | classmethod | property | cached_property)
        if is_offered and (name not in inherited or declared.__doc__):
            yield name, declared


@cache
def _documented() -> dict[type, str]:
    """Return the link to the documentation of each public class, and of the classes that a page shows as shared."""
    links: dict[type, str] = {}
    for module in map(importlib.import_module, MODULES):
        shared = SHARED.get(module.__name__)
        listed = [*([shared] if shared else []), *(getattr(module, name) for name in public_names(module))]
        for each in (each for each in listed if isinstance(each, type)):
            links.setdefault(each, f'{module.__name__}.md#{each.__name__.lower()}')
    return links


def _page(module: ModuleType, seen: dict[int, str]) -> Iterator[str]:
    yield f'# {module.__name__}'
    yield _prose(_doc(module))
    shared = SHARED.get(module.__name__)
    if shared:
        yield f'## {shared.__name__}'
        yield from _entry(shared.__name__, shared)
    for name in public_names(module):
        value = getattr(module, name)
        home = seen.setdefault(id(value), module.__name__)
        yield f'## {name}'
        if home == module.__name__:
            yield from _entry(name, value)
        else:
            yield f'See [{home}]({home}.md#{name.lower()}).'


def _entry(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, FunctionType):
        yield _code(_call(name, value))
        yield _prose(_doc(value))
    elif isinstance(value, type):
        yield from _class(name, value)
    else:
        yield _code(f'{name}: {type(value).__name__}')
        yield _prose(_doc(value))
        yield from _methods(name, type(value))


def _class(name: str, value: type) -> Iterator[str]:
    if issubclass(value, Exception | Enum):
        yield f'`class {name}({", ".join(base.__name__ for base in value.__bases__)})`'
    elif _is_constructed_by_apps(value):
        yield _code(_call(name, _constructor(value) if issubclass(value, BaseModel) else value))
    yield _prose(_doc(value), without_args=issubclass(value, BaseModel))
    if issubclass(value, Enum):
        yield '\n'.join(f'- `{name}.{each} = {value[each].value!r}`' for each in value.__members__)
        return
    if issubclass(value, BaseModel):
        yield _props(value)
    yield from _methods(name, value)
    parents = [each for each in value.__mro__[1:] if each in _documented()]
    if parents and not issubclass(value, Exception):
        yield f'It also has the members of {_link(parents[0])}.'


def _is_constructed_by_apps(value: type) -> bool:
    return value not in CONSTRUCTED_BY_DARA and _constructor(value) not in (object.__init__, BaseModel.__init__)


def _constructor(value: type) -> Any:
    return inspect.getattr_static(value, '__init__')


def _link(documented: type) -> str:
    return f'[{documented.__name__}]({_documented()[documented]})'


def _methods(prefix: str, owner: type) -> Iterator[str]:
    for name, declared in members(owner):
        title = f'{prefix}.{name}'
        function = getattr(declared, '__func__', declared)
        yield f'### {title}'
        yield _code(title if isinstance(declared, property | cached_property) else _call(title, function))
        yield _prose(_doc(getattr(owner, name)))
    for name, nested in vars(owner).items():
        if isinstance(nested, type) and nested.__qualname__ == f'{owner.__qualname__}.{name}':
            yield f'### {prefix}.{name}'
            yield from _class(f'{prefix}.{name}', nested)


def _props(model: type[BaseModel]) -> str:
    """Return a table of the fields that a component or a backend adds to those of its documented parent."""
    parent = next((each for each in model.__mro__[1:] if each in _documented()), BaseModel)
    own = [each for each in model.__mro__ if issubclass(each, BaseModel) and not issubclass(parent, each)]
    annotations = {prop: kind for each in reversed(own) for prop, kind in vars(each).get('__annotations__', {}).items()}
    texts = {prop: text for each in reversed(own) for prop, text in _args(inspect.cleandoc(each.__doc__ or ''))}
    rows = [
        f'| `{prop}` | {_type(annotations[prop])} | {_default(field)} | {texts.get(prop, "")} |'
        for prop, field in model.model_fields.items()
        if prop in annotations and not field.exclude
    ]
    return '\n'.join(['| | takes | default | |', '|---|---|---|---|', *rows]) if rows else ''


def _type(annotation: str) -> str:
    parts = [part for part in re.split(r' \| (?![^\[]*\])', annotation) if part != 'None']
    words = [word for part in parts for word in TYPES.get(part, f'`{part}`').split(', ')]
    return ', '.join(dict.fromkeys(words)).replace('|', '\\|')


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return 'required'
    return '' if field.default is None else f'`{_value(field.default)}`'


def _call(name: str, function: Callable[..., Any]) -> str:
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())
    if parameters and parameters[0].name in ('self', 'cls'):
        parameters = parameters[1:]
    shown, kinds = [], [each.kind for each in parameters]
    for index, each in enumerate(parameters):
        if each.kind is each.KEYWORD_ONLY and not {each.VAR_POSITIONAL, each.KEYWORD_ONLY} & set(kinds[:index]):
            shown.append('*')
        shown.append(_parameter(each))
    prefix = 'async ' if inspect.iscoroutinefunction(inspect.unwrap(function)) else ''
    returns = signature.return_annotation
    is_made = isinstance(function, type) or function.__name__ == '__init__'
    arrow = '' if returns is signature.empty or is_made else f' -> {returns}'
    line = f'{prefix}{name}({", ".join(shown)}){arrow}'
    return line if len(line) <= 100 else f'{prefix}{name}(\n    ' + ',\n    '.join(shown) + f',\n){arrow}'


def _parameter(parameter: inspect.Parameter) -> str:
    stars = (
        '*' if parameter.kind is parameter.VAR_POSITIONAL else '**' if parameter.kind is parameter.VAR_KEYWORD else ''
    )
    kind = '' if parameter.annotation is parameter.empty else f': {str(parameter.annotation).strip(chr(39))}'
    default = '' if parameter.default is parameter.empty else f' = {_value(parameter.default)}'
    return f'{stars}{parameter.name}{kind}{default if kind else default.replace(" ", "")}'


def _value(value: Any) -> str:
    if isinstance(value, Enum):
        return f'{type(value).__name__}.{value.name}'
    return '...' if repr(value) == '<factory>' else repr(value)


def _doc(value: Any) -> str:
    return inspect.getdoc(value) or ''


def _code(text: str) -> str:
    return f'```python\n{text}\n```'


def _args(doc: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each entry below `Args:` in a docstring."""
    return _items(doc.partition('Args:\n')[2].partition('\n\n')[0].splitlines())


def _items(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the entries `name: text`; a text may continue in lines with deeper indentation."""
    for item in re.split(r'\n(?! {5})', '\n'.join(lines)):
        name, _, text = item.strip().partition(': ')
        yield name, ' '.join(text.split())


def _prose(doc: str, without_args: bool = False) -> str:
    """Return a docstring as Markdown, with its entries as lists, and indented text as code."""
    paragraphs = filter(None, (_paragraph(each, without_args) for each in doc.split('\n\n')))
    return '\n\n'.join(paragraphs).replace('\n```\n\n```python\n', '\n\n')


def _paragraph(text: str, without_args: bool) -> str:
    if DIAGRAM.search(text):
        return f'```text\n{text}\n```'
    if text.startswith('    '):
        return _code(textwrap.dedent(text))
    lines = text.splitlines()
    listed = next((index for index, line in enumerate(lines) if line.startswith('    ')), None)
    if listed is None:
        return text
    lead = '\n'.join(lines[:listed])
    if lead == 'Args:' and without_args:
        return ''
    return f'{lead}\n\n' + '\n'.join(f'- `{name}`: {description}' for name, description in _items(lines[listed:]))


def main() -> None:
    written = pages()
    for stale in {path.name for path in FOLDER.glob('*.md')} - set(written):
        (FOLDER / stale).unlink()
    FOLDER.mkdir(exist_ok=True)
    for name, text in written.items():
        (FOLDER / name).write_text(text)


if __name__ == '__main__':
    main()
