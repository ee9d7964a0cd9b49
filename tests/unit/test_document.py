"""Tests of documents: one value changes, and every other byte of the text stays."""

from __future__ import annotations

import json
from json import JSONDecodeError
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dara.core._edits import ABSENT, Value
from dara.core._json import Json
from dara.core.persistence.document import Document, parse_document
from tests.documents import values as documents

ODD = {
    'numbers': '{"big": 123456789012345678901234567890, "huge": 1e400, "price": 1.10, "zero": -0, "ours": 1}',
    'no numbers': '{"python": NaN, "ours": 1, "also": [-Infinity]}',
    'half a character': r'{"half": "\ud800", "ours": 1, "escaped": "\u00e9\/"}',
    'one name twice': '{"twice": 1, "ours": 1, "twice": 2}',
    'members twice': '{"inside": {"a": 1, "a": 2}, "ours": 1}',
    'a mark in front': '\ufeff{"ours": 1, "other": "é"}',
    'lines of Windows': '{\r\n\t"ours": 1,\r\n\t"other": {\r\n\t\t"a": 2\r\n\t}\r\n}\r\n',
    'four spaces': '{\n    "other": [\n        1\n    ],\n    "ours": 1\n}',
    'one line': '{"other":[1,2],"ours":1}',
    'too deep': f'{{"deep": {"[" * 5000}"]"{"]" * 5000}, "ours": 1}}',
    'names': r'{"\u006furs": 1, "caf\u00e9": 2, "naïve": 3}',
}


def parsed(text: str) -> Document:
    return parse_document(text.encode(), Document())


@pytest.mark.parametrize('text', ODD.values(), ids=ODD)
def test_all_other_text_is_kept_byte_for_byte(text: str) -> None:
    document = parsed(text)
    assert document.content == text.encode()
    assert document.value('ours') == 1
    changed = document.changed({'ours': 'new'})
    assert (
        changed.content
        == text.replace('ours": 1', 'ours": "new"')
        .replace('ours":1', 'ours":"new"')
        .replace('006furs": 1', '006furs": "new"')
        .encode()
    )
    assert changed.changed({'ours': 1}).content == text.encode()
    more = document.changed({'more': True})
    assert more.value('more') is True
    assert more.changed({'more': ABSENT}).content == text.encode()
    removed = document.changed({'ours': ABSENT})
    assert parse_document(removed.content, Document()).raw('ours') is None


def test_of_members_with_one_name_the_last_counts_and_a_write_leaves_one() -> None:
    document = parsed(ODD['one name twice'])
    assert document.value('twice') == 2
    assert document.changed({'twice': 3}).content == b'{ "ours": 1, "twice": 3}'


@given(documents, st.dictionaries(st.text(max_size=3), documents, max_size=4), st.sampled_from([None, 2, 4]), st.data())
def test_a_change_changes_one_value_and_no_other(
    other: Json, values: dict[str, Json], indent: int | None, data: st.DataObject
) -> None:
    """Neither the notation of the file nor added and removed keys matter."""
    before = {'other': other, **values}
    text = json.dumps(before, indent=indent, ensure_ascii=data.draw(st.booleans()))
    document = parsed(text)
    key = data.draw(st.sampled_from([*before, 'new']))
    value = data.draw(st.one_of(st.just(ABSENT), documents))
    changed = document.changed({key: value})
    expected = {name: each for name, each in {**before, key: value}.items() if each is not ABSENT}
    assert json.loads(changed.content) == expected
    assert changed.holds(key, value)
    for name in {*before} - {key}:
        assert changed.raw(name) == document.raw(name)
    assert parse_document(changed.content, document).members == changed.members  # with the known members, and without


@pytest.mark.parametrize(
    ('text', 'position'),
    [
        ('', (1, 1)),
        ('{"a": 1', (1, 8)),
        ('{"a": 1}}', (1, 9)),
        ('{"a": 1,}', (1, 9)),
        ('{"a" 1}', (1, 6)),
        ('{"a": 1\n "b": 2}', (2, 2)),
        ("{'a': 1}", (1, 2)),
        ('{"a": {"b": oops}}', (1, 13)),
        ('{"a": "tab\t"}', (1, 11)),
    ],
)
def test_an_error_in_json_is_reported_with_its_place(text: str, position: tuple[int, int]) -> None:
    with pytest.raises(JSONDecodeError) as caught:
        parsed(text)
    assert (caught.value.lineno, caught.value.colno) == position


def test_every_proper_prefix_of_a_document_is_invalid() -> None:
    """A half-written file is always detected."""
    whole = ODD['a mark in front'].encode()
    for length in range(len(whole)):
        with pytest.raises(JSONDecodeError):
            parse_document(whole[:length], Document())


@pytest.mark.parametrize('content', [b'{"a": "\xe9"}', '{"a": 1}'.encode('utf-16')])
def test_another_encoding_is_reported(content: bytes) -> None:
    with pytest.raises(JSONDecodeError, match='not UTF-8'):
        parse_document(content, Document())


def test_a_change_of_a_long_document_makes_only_a_part_of_its_text_anew() -> None:
    """All other parts are those of the document before it, whether a member changes or others are added."""
    document = parsed(json.dumps({f'key {i}': i for i in range(2500)}))
    steps: list[dict[str, Value]] = [
        {'key 1500': 'x'},
        {'new': 1, 'newer': [2]},
        {'key 0': 'y', 'newest': 3},
        {'key 2000': ABSENT},
        {'key 2000': 4},
        {f'more {i}': i for i in range(1500)},
    ]
    expected: dict[str, Any] = {f'key {i}': i for i in range(2500)}
    same, _ = [], document.content
    for values in steps:
        before, document = document, document.changed(values)
        expected = {key: value for key, value in {**expected, **values}.items() if value is not ABSENT}
        assert json.loads(document.content) == expected
        assert parsed(document.content.decode()) == document
        assert [document.value(key) for key in (*values, 'key 2499')] == [*values.values(), 2499]
        same.append(len({*map(id, before.chunks())} & {*map(id, document.chunks())}))
    assert same == [4, 4, 3, 2, 4, 4]
