"""Tests of the Python in README.md and docs/*.md: every block runs, and the apps in them are complete.

An HTML comment above a block says how it runs: `continues`: after the block before it, with its names;
`async`: in a coroutine; `given: a, b`: its functions use names that the page leaves to the reader.
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import dis
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import mypy.api
import pytest

from dara.core import ConfigurationBuilder

ROOT = Path(__file__).parent.parent.parent
FENCE = re.compile(r'^(?:<!-- (?P<how>[^\n]*) -->\n)?```python\n(?P<code>.*?)^```$', re.M | re.S)
LENIENT = [f'--disable-error-code={code}' for code in ('no-redef', 'var-annotated', 'import-untyped')]
HOW = re.compile(r'(continues|async|given: ([\w, ]+))(; |$)')


@dataclass(frozen=True)
class Block:
    """A block of Python, and how it runs. Its code keeps the line numbers of its file."""

    file: str
    line: int
    code: str
    continues: bool
    is_async: bool
    given: frozenset[str]


def blocks(file: Path) -> Iterator[Block]:
    text = file.read_text(encoding='utf-8')
    for found in FENCE.finditer(text):
        how, line = found['how'] or '', text.count('\n', 0, found.start('code'))
        assert HOW.sub('', how) == '', f'{file.name}:{line} is run {how!r}, which means nothing'
        given = frozenset(name for _, names, _ in HOW.findall(how) for name in names.split(', '))
        code = '\n' * line + found['code']
        yield Block(file.name, line + 1, code, 'continues' in how, 'async' in how, given - {''})


def stories() -> Iterator[list[Block]]:
    """Blocks that run one after the other."""
    for file in (ROOT / 'README.md', *sorted((ROOT / 'docs').glob('*.md'))):
        story: list[Block] = []
        for block in blocks(file):
            if story and not block.continues:
                yield story
                story = []
            story.append(block)
        if story:
            yield story


STORIES = list(stories())


@pytest.mark.parametrize('story', STORIES, ids=lambda story: f'{story[0].file}:{story[0].line}')
def test_the_code_in_the_docs_runs(story: list[Block], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'public').mkdir()
    (tmp_path / 'static').mkdir()
    for file in ('logo.svg', 'icon.png', 'brand.css'):
        (tmp_path / 'static' / file).touch()
    module = ModuleType('main')
    monkeypatch.setitem(sys.modules, 'main', module)
    names = vars(module)
    for block in story:
        run(block, names)
    config = names.get('config')
    if isinstance(config, ConfigurationBuilder) and config.router.children:
        config.build()


def run(block: Block, names: dict[str, Any]) -> None:
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if block.is_async else 0
    code = compile(block.code, block.file, 'exec', flags=flags, dont_inherit=True)
    if block.is_async:
        asyncio.run(finished(code, names))
    else:
        exec(code, names)
    unknown = set(globals_of(code)) - set(names) - set(dir(builtins)) - block.given
    assert not unknown, f'{block.file}:{block.line}: its functions use {unknown}, which is nowhere'


async def finished(code: CodeType, names: dict[str, Any]) -> None:
    result = eval(code, names)
    if inspect.isawaitable(result):
        await result


def globals_of(code: CodeType) -> Iterator[str]:
    """Return the global names that the functions in `code` use when they run."""
    for inner in (each for each in code.co_consts if isinstance(each, CodeType)):
        yield from (each.argval for each in dis.get_instructions(inner) if each.opname == 'LOAD_GLOBAL')
        yield from globals_of(inner)


def test_the_functions_in_the_docs_are_well_typed(tmp_path: Path) -> None:
    """The blocks do not call them, but their types are checked."""
    for number, story in enumerate(STORIES):
        (tmp_path / f'story{number}_{story[0].file[:-3].replace("-", "_")}.py').write_text(source_of(story))
    options = ['--check-untyped-defs', '--allow-redefinition', '--no-strict-optional', *LENIENT]
    cache = f'--cache-dir={ROOT / ".mypy_cache" / "docs"}'
    complaints, trouble, status = mypy.api.run([*options, cache, '--config-file=', f'{tmp_path}'])
    assert status == 0, complaints + trouble


def source_of(story: list[Block]) -> str:
    """Return one module of all the blocks; blocks that await are inside of functions."""
    parts = ['from typing import Any', *(f'{name}: Any' for block in story for name in block.given)]
    for block in story:
        code = block.code.lstrip()
        head = f'async def block_{block.line}() -> None:\n'
        parts.append(head + textwrap.indent(code, '    ') if block.is_async else code)
    return '\n'.join(parts)


def test_links_in_the_docs_have_targets() -> None:
    """They lead to files of the repository, and to headings in them."""
    files = [*ROOT.glob('*.md'), *(ROOT / 'docs').rglob('*.md')]
    for file in files:
        for target in re.findall(r'\]\(([^)\s:]+)\)', file.read_text(encoding='utf-8')):
            path, _, heading = target.partition('#')
            linked = file.parent / path if path else file
            assert linked.exists(), f'{file.name} links to {target}'
            if heading and linked.suffix == '.md':
                assert heading in anchors(linked), f'{file.name} links to {target}'


def anchors(file: Path) -> set[str]:
    headings = re.findall(r'^#+ (.+)$', file.read_text(encoding='utf-8'), re.M)
    return {re.sub(r'[^\w\- ]', '', heading.lower()).replace(' ', '-') for heading in headings}


NAMED_TEST = re.compile(r'`((?:client/)?tests/[\w./]+)(?:::(\w+))?`')


def test_the_tests_cited_in_the_docs_exist() -> None:
    """A test that is renamed is renamed in the docs, too."""
    named = NAMED_TEST.findall((ROOT / 'docs/protocol.md').read_text(encoding='utf-8'))
    assert len(named) > 20
    for file, name in named:
        assert f'def {name}' in (ROOT / file).read_text(encoding='utf-8') or not name, f'{file}::{name}'
