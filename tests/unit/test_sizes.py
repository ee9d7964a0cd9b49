"""Tests of the sizes of files and functions: each holds one idea."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.prose import ROOT, source_files

FILE_LINES = 400
FUNCTION_LINES = 40
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def test_no_file_is_long() -> None:
    lengths = {file: len((ROOT / file).read_text(encoding='utf-8').splitlines()) for file in source_files()}
    assert not {str(file): lines for file, lines in lengths.items() if lines > FILE_LINES}


def test_no_function_of_the_package_is_long() -> None:
    files = [file for file in source_files('src/dara') if file.suffix == '.py']
    assert not [name for file in files for name in long_functions(file)]


def long_functions(file: Path) -> list[str]:
    """Return the functions of a file that have too many lines, with the number of their lines."""
    functions = [each for each in ast.walk(ast.parse(file.read_text(encoding='utf-8'))) if isinstance(each, FUNCTIONS)]
    sizes = {each.name: (each.end_lineno or 0) - each.lineno + 1 for each in functions}
    return [f'{file}: {name} has {lines} lines' for name, lines in sizes.items() if lines > FUNCTION_LINES]
