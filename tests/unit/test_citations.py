"""Tests of the citations of rules, such as S12 or I3: the docs define them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent.parent
DEFINED: Final = re.compile(r'^- (S\d+a?)\. |\| (S\d+)\. |^\| (I\d+) \|', re.MULTILINE)
CITED: Final = re.compile(r'\b[SI]\d+a?\b')
DOCSTRING: Final = re.compile(r'""".*?"""|\[[SI]\d[^\]]*\]', re.DOTALL)
TITLE: Final = re.compile(r"\[[SI]\d[^\]]*\]|^ *test\('[SI]\d.*", re.MULTILINE)


def citations(path: Path) -> Iterator[str]:
    """Yield the rules cited in docstrings, titles of tests, and brackets."""
    places = (TITLE if path.suffix == '.ts' else DOCSTRING).findall(path.read_text(encoding='utf-8'))
    for place in places:
        yield from CITED.findall(place)


def test_every_cited_rule_is_defined_in_the_docs() -> None:
    protocol = (ROOT / 'docs/protocol.md').read_text(encoding='utf-8')
    defined = {rule for groups in DEFINED.findall(protocol) for rule in groups if rule}
    files = [*(ROOT / 'tests').rglob('*.py'), *(ROOT / 'client/tests').glob('*.ts')]
    cited = {(rule, path.name) for path in files if path != Path(__file__) for rule in citations(path)}
    assert len(cited) > 100
    assert sorted(each for each in cited if each[0] not in defined) == []
