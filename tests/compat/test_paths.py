"""Tests of the documented import paths, and of the names that are not here yet."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dara.core._documented import ABSENT, EXTENDED, PATHS
from dara.core.errors import NotHere
from tools import paths

DOCUMENTED = {**EXTENDED, **PATHS}


@pytest.mark.parametrize('module', DOCUMENTED)
def test_every_documented_name_is_here_or_says_that_it_is_not(module: str) -> None:
    absent = paths.absent_names()
    imported = importlib.import_module(module)
    for name in DOCUMENTED[module].split():
        if name in absent:
            with pytest.raises(NotHere) as raised:
                getattr(imported, name)
            message = str(raised.value)
            assert message.startswith(f'{module}.{name} is not here yet. ')
            assert '\n' not in message
        elif module in PATHS:
            assert getattr(imported, name) is getattr(importlib.import_module(paths.home_of(name)), name)
            assert name in imported.__all__
        else:
            assert hasattr(imported, name)


def test_the_generated_modules_and_the_page_are_up_to_date() -> None:
    outdated = [path for path, text in paths.generated().items() if not path.exists() or path.read_text() != text]
    assert not outdated, 'run: make docs'


def test_no_absent_name_is_here() -> None:
    here = [name for name in paths.absent_names() if any(name in paths.names_of(home) for home in paths.HOMES)]
    assert not here


def test_every_absent_name_is_documented_somewhere() -> None:
    known = {name for names in DOCUMENTED.values() for name in names.split()}
    assert paths.absent_names() <= known


def test_an_absent_name_says_the_nearest_thing() -> None:
    for each in ABSENT:
        assert each.instead.endswith('.')
        assert each.instead.startswith(('Nearest: ', 'Nothing ', 'It is a part '))


def test_other_names_are_ordinary_errors() -> None:
    with pytest.raises(ImportError, match=r"cannot import name 'Vairable' from 'dara\.core'"):
        exec('from dara.core import Vairable')


def test_starting_an_app_with_an_absent_name_names_the_line_and_the_nearest_thing(tmp_path: Path) -> None:
    (tmp_path / 'main.py').write_text('from dara.core import Variable\nfrom dara.components import Text, Carousel\n')
    command = [sys.executable, '-m', 'dara.cli', 'start', '--port', '0']
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert 'main.py, line 2: dara.components.Carousel is not here yet. Nearest: TabbedCard' in ended.stderr
    assert ended.stderr.count('\n') == 1


def test_every_documented_name_that_is_here_is_used_by_a_test() -> None:
    """The tests beside this one, and their apps, call every name as documented."""
    here = {name for names in DOCUMENTED.values() for name in names.split()} - paths.absent_names()
    files = [*Path(__file__).parent.glob('*.py'), *(Path(__file__).parents[1] / 'apps').glob('compat_*.py')]
    used = {name for file in files for name in names_in(ast.parse(file.read_text()))}
    unused = sorted(here - used)
    assert not unused


def names_in(tree: ast.AST) -> Iterator[str]:
    """Yield the names and attributes that a program uses."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and 'import' in node.value:
            yield from re.findall(r'\w+', node.value)  # the source of an app
