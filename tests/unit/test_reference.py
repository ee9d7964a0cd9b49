"""Tests of the reference in docs/reference: it is complete and up to date."""

from __future__ import annotations

import importlib
import inspect
from types import ModuleType

import pytest

from tests.unit.test_public_api import PUBLIC
from tools import reference

MODULES = [importlib.import_module(name) for name in reference.MODULES]


def test_the_reference_is_up_to_date() -> None:
    written = {path.name: path.read_text(encoding='utf-8') for path in reference.FOLDER.glob('*.md')}
    assert written == reference.pages(), 'docs/reference is out of date; run: make docs'


def test_every_public_module_is_in_the_reference() -> None:
    assert {module.__name__ for module in PUBLIC} <= set(reference.MODULES)


@pytest.mark.parametrize('module', MODULES, ids=lambda module: module.__name__)
def test_every_public_name_is_in_the_reference_with_a_description(module: ModuleType) -> None:
    page = (reference.FOLDER / f'{module.__name__}.md').read_text(encoding='utf-8')
    for name in reference.public_names(module):
        assert f'\n## {name}\n' in page, f'{module.__name__}.{name} is missing; run: make docs'
        value = getattr(module, name)
        assert inspect.getdoc(value), f'{module.__name__}.{name} has no docstring'
        if isinstance(value, type):
            silent = [member for member, _ in reference.members(value) if not inspect.getdoc(getattr(value, member))]
            assert not silent, f'{name} has methods without a docstring: {silent}'
