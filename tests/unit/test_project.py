"""Tests of the files that surround the code: they agree with each other."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
WORKFLOW = ROOT / '.github' / 'workflows' / 'test.yml'
COMMAND = re.compile(r'(?:`|^|run: )make ([a-z]+)(?=`| *$| +#| [A-Z]+=)', re.M)


def listed_commands() -> set[str]:
    """Return the commands in the output of `make help`."""
    answer = subprocess.run(['make', '--no-print-directory', 'help'], cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    return {line.split()[1] for line in answer.stdout.splitlines()}


def test_make_help_lists_every_command() -> None:
    phony = re.search(r'^\.PHONY: (.*)$', (ROOT / 'Makefile').read_text(encoding='utf-8'), re.M)
    assert phony
    assert listed_commands() == set(phony[1].split())


def test_the_commands_in_the_docs_exist() -> None:
    """So do those in the workflow."""
    files = [*ROOT.glob('*.md'), *(ROOT / 'docs').glob('*.md'), *(ROOT / '.github').rglob('*.md'), WORKFLOW]
    named = {(file.name, name) for file in files for name in COMMAND.findall(file.read_text(encoding='utf-8'))}
    assert len(named) > 10
    listed = listed_commands()
    assert not [each for each in named if each[1] not in listed]


def test_the_workflow_tests_the_supported_pythons() -> None:
    project = tomllib.loads((ROOT / 'pyproject.toml').read_text(encoding='utf-8'))['project']
    supported = re.findall(r'Python :: (3\.\d+)', ' '.join(project['classifiers']))
    matrix = re.search(r'python: \[(.*)\]', WORKFLOW.read_text(encoding='utf-8'))
    assert matrix
    assert re.findall(r"'([\d.]+)'", matrix[1]) == supported
