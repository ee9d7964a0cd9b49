"""Proofs that the edits of the server and those of the browser have the same results, to the letter."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import product
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from dara.core._edits import ABSENT, Ops, Value, apply, compose, diff, dump_ops, parse_keys, rebase
from dara.core._edits.ops import Test
from dara.core._json import Json, json_equal
from dara.core.errors import InvalidEdit
from tests.documents import DEFAULT, edits, equal, stored, values
from tests.proof.browsers import Browsers
from tests.proof.conftest import examples

KEYS: Final = {'': 'id', '/*': 'id', '/a/*/b': 'a'}
identified: Final = st.recursive(
    st.lists(
        st.fixed_dictionaries({'id': st.sampled_from(['p', 'q', 'r', 's', 'π'])}, optional={'a': values}), max_size=5
    ),
    lambda inner: st.dictionaries(st.sampled_from(['a', 'b']), inner, max_size=2),
    max_leaves=4,
)
long_texts: Final = st.lists(
    st.sampled_from(['a', 'b', '\n', 'é', 'e\u0301', '😀', '👩‍👩‍👧', 'ש', '\u200f']), max_size=40
).map(''.join)
words: Final = st.sampled_from(['ale', 'beer 😀', 'cider', 'the ', 'of', '\n', 'one line\n', 'unforgettable', 'ש'])
prose: Final = st.lists(words, max_size=60).map(' '.join)
rows: Final = st.lists(
    st.fixed_dictionaries({'id': st.integers(0, 9), 'note': st.sampled_from(['', 'tea', 'a cup of tea', True])}),
    max_size=12,
)
pairs: Final = st.one_of(*(st.tuples(each, each) for each in (stored, identified, long_texts, prose, rows)))


ALPHABETS: Final = ['ab', 'abcd\n', 'abcdefghij ', 'the quick brown fox, jumps 😀\n']


@st.composite
def large_pairs(draw: st.DrawFn) -> tuple[Value, Value]:
    """Return two texts, or two tables, of which one is made from the other or is another."""
    chance = random.Random(draw(st.integers(0, 10**9)))
    alphabet, size = chance.choice(ALPHABETS), chance.choice([30, 300, 900, 3000])
    if draw(st.booleans()):
        before = _text(chance, alphabet, size)
        return before, _changed_text(chance, alphabet, before, chance.choice([3, 30, 90, 900]))
    rows: list[Any] = [
        {'id': i, 'x': chance.random(), 'note': _text(chance, alphabet, chance.choice([3, 20, 60]))} for i in range(60)
    ]
    if draw(st.booleans()):
        rows = [list(row.values()) for row in rows]
    changed: list[Any] = [_changed_row(chance, alphabet, row) for row in rows]
    changed[chance.randrange(60) : chance.randrange(60)] = rows[: chance.choice([0, 0, 2])]
    return rows, changed


def _text(chance: random.Random, alphabet: str, size: int) -> str:
    return ''.join(chance.choices(alphabet, k=size))


def _changed_text(chance: random.Random, alphabet: str, text: str, changes: int) -> str:
    if chance.random() < 0.3:
        return _text(chance, alphabet, len(text))
    characters = list(text)
    for _ in range(changes):
        at = chance.randrange(len(characters) + 1)
        characters[at : at + chance.randrange(3)] = _text(chance, alphabet, chance.randrange(3))
    return ''.join(characters)


def _changed_row(chance: random.Random, alphabet: str, row: Any) -> Any:
    name, text = ('note', row['note']) if isinstance(row, dict) else (2, row[2])
    changed = row.copy()
    changed['x' if name == 'note' else 1] = chance.choice([0, 1, True, None, 0.5])
    changed[name] = _changed_text(chance, alphabet, text, 3)
    return changed if chance.random() < 0.9 else row


@examples(500)
@given(data=st.data(), value=stored)
def test_edits_come_to_the_same_here_and_there(browsers: Browsers, data: st.DataObject, value: Value) -> None:
    """Their results or errors; each rebased over the other; both composed."""
    value = _as_in_a_browser(value)
    first, second = data.draw(edits(value)), data.draw(edits(value))
    cases = Cases()
    for ops, over in ((first, second), (second, first)):
        cases.apply(value, ops)
        cases.compose(ops, over)  # `over` may have no place after `ops`: that changes nothing
        for earlier, left in product((False, True), repeat=2):
            cases.apply(apply(value, over, DEFAULT), cases.rebase(ops, over, earlier=earlier, left=left))
    cases.check(browsers)


def test_a_failed_test_shows_the_same_part_of_a_text_here_and_there(browsers: Browsers) -> None:
    """Characters outside the basic plane count as one."""
    cases = Cases()
    cases.apply(['👩' * 60], (Test((0,), None),))
    cases.check(browsers)


class Cases:
    """Cases that are computed here at once, and in the browsers together at the end."""

    def __init__(self) -> None:
        self._here: list[Any] = []
        self._calls: list[tuple[str, dict[str, Any]]] = []

    def apply(self, value: Value, ops: Ops) -> None:
        self._expect(_outcome(lambda: apply(value, ops, DEFAULT)), 'apply', **_value('value', value), ops=dump_ops(ops))

    def rebase(self, ops: Ops, over: Ops, **options: bool) -> Ops:
        rebased = rebase(ops, over, **options)
        self._expect({'value': dump_ops(rebased)}, 'rebase', ops=dump_ops(ops), over=dump_ops(over), options=options)
        return rebased

    def compose(self, first: Ops, then: Ops) -> None:
        together = dump_ops(compose(first, then))
        self._expect({'value': together}, 'compose', ops=dump_ops(first), then=dump_ops(then))

    def check(self, browsers: Browsers) -> None:
        for here, call, there in zip(self._here, self._calls, browsers.ask(*self._calls), strict=True):
            there.pop('kind', None)
            assert _is_same(here, there), f'{call}: {here} here, {there} there'

    def _expect(self, here: Any, name: str, **argument: Any) -> None:
        self._here.append(here)
        self._calls.append((name, {**argument, 'default': DEFAULT}))


def _is_same(here: Any, there: Any) -> bool:
    """Return whether both results are the same. Errors may show values, whose members can be in another order."""
    if 'error' in here and 'error' in there:
        one, other = str(here['error']), str(there['error'])
        if '…' in one and '…' in other:  # what is left out depends on the order
            return one.partition(':')[0] == other.partition(':')[0]
        return sorted(one) == sorted(other)
    return json_equal(here, there)


@examples(800)
@given(pair=pairs, has_keys=st.booleans())
def test_a_difference_is_the_same_here_and_there(browsers: Browsers, pair: tuple[Value, Value], has_keys: bool) -> None:
    """Of texts, lists, and lists whose items have an identity."""
    before, after = map(_as_in_a_browser, pair)
    keys = KEYS if has_keys else {}
    here = diff(before, after, parse_keys(keys))
    there = browsers.tell('diff', **_value('before', before), **_value('after', after), keys=keys)
    assert _same(here, there)
    assert equal(apply(before, here), after)


@examples(150)
@given(pair=large_pairs())
def test_a_difference_of_large_values_is_the_same_here_and_there(browsers: Browsers, pair: tuple[Value, Value]) -> None:
    """The effort decides what is compared, and both spend the same."""
    before, after = map(_as_in_a_browser, pair)
    here = diff(before, after)
    assert _same(here, browsers.tell('diff', before=before, after=after, keys={}))
    assert equal(apply(before, here), after)


def _outcome(attempt: Callable[[], Value]) -> dict[str, Json]:
    try:
        return _value('value', attempt())
    except InvalidEdit as error:
        return {'error': str(error).replace('1.0', '1').replace('2.0', '2').replace('0.0', '0')}


def _as_in_a_browser(value: Any) -> Any:
    """Return a value as a browser has it: without whole floats, and members named by numbers come first."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_as_in_a_browser(element) for element in value]
    if isinstance(value, dict):
        return {name: _as_in_a_browser(value[name]) for name in sorted(value, key=lambda name: not name.isdecimal())}
    return value


def _value(name: str, value: Value) -> dict[str, Json]:
    """Return the value as a member of a call; an absent one is left out."""
    return {} if value is ABSENT else {name: value}


def _same(here: Ops, there: Any) -> bool:
    return json_equal(dump_ops(here), there)
