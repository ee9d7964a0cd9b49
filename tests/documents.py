"""Hypothesis strategies of values and edits: small, so that they conflict, with texts that are hard to cut."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st

from dara.core import _json
from dara.core._edits import (
    ABSENT,
    Add,
    Copy,
    Move,
    Op,
    Ops,
    Remove,
    Replace,
    Splice,
    Test,
    Value,
    apply,
    at,
)
from dara.core._json import Json, json_equal

DEFAULT: Json = {'a': [0], 'b': {}}

texts = st.sampled_from(['', 'a', 'ab', 'hello', '👩‍👩‍👧‍👦', 'x😀y', 'שלום', '\u00e9', 'e\u0301'])
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.integers(-2, 2).map(float),
    texts,
)
names = st.sampled_from(['a', 'b', '0', 'א'])
values: st.SearchStrategy[Json] = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=3)),
    max_leaves=8,
)
stored: st.SearchStrategy[Value] = st.one_of(values, values, values, st.just(ABSENT))


def paths(value: Json, path: _json.Path = ()) -> Iterator[_json.Path]:
    """Yield every path in a value, the root first."""
    yield path
    if isinstance(value, dict):
        for name, member in value.items():
            yield from paths(member, (*path, name))
    elif isinstance(value, list):
        for index, element in enumerate(value):
            yield from paths(element, (*path, index))


@st.composite
def edits(draw: st.DrawFn, value: Value, *, arranging: bool = True) -> Ops:
    """Draw up to three ops that apply to `value` one after the other."""
    ops: list[Op] = []
    for _ in range(draw(st.integers(0, 3))):
        ops.append(draw(one_op(DEFAULT if value is ABSENT else value, arranging=arranging)))
        value = apply(value, ops[-1:], DEFAULT)
    return tuple(ops)


@st.composite
def one_op(draw: st.DrawFn, value: Json, *, arranging: bool = True) -> Op:
    path = draw(st.sampled_from(list(paths(value))))
    part = at(value, path)
    kinds = ['replace', 'remove']
    kinds += ['add', 'add'] if isinstance(part, dict | list) else ['test'] if arranging else []
    kinds += ['splice'] * 3 if isinstance(part, str) else []
    kinds += ['move', 'move', 'copy'] if arranging and path else []
    match draw(st.sampled_from(kinds)):
        case 'replace':
            return Replace(path, draw(values))
        case 'remove':
            return Remove(path)
        case 'test':
            return Test(path, part)  # type: ignore[arg-type]  # the path exists
        case 'splice':
            assert isinstance(part, str)
            start = draw(st.integers(0, len(part)))
            return Splice(path, start, draw(st.integers(0, len(part) - start)), draw(texts))
        case 'move':
            return Move(path, draw(targets(apply(value, [Remove(path)]))))
        case 'copy':
            return Copy(path, draw(targets(value)))
        case _:
            return Add((*path, draw(steps(part))), draw(values))


@st.composite
def targets(draw: st.DrawFn, value: Value) -> _json.Path:
    """Draw a path at which a value can be added."""
    assert value is not ABSENT
    containers = [path for path in paths(value) if isinstance(at(value, path), dict | list)]
    path = draw(st.sampled_from(containers)) if containers else ()
    return (*path, draw(steps(at(value, path)))) if containers else ()


def steps(container: Value) -> st.SearchStrategy[str | int]:
    return st.integers(0, len(container)) if isinstance(container, list) else names


def equal(a: Value, b: Value) -> bool:
    return a is b or (a is not ABSENT and b is not ABSENT and json_equal(a, b))
