"""Tests of values in blocks: whatever the value is, its frame and its blocks make it again."""

from __future__ import annotations

from typing import Any, Final

import orjson
from hypothesis import example, given
from hypothesis import strategies as st

from dara.core._blocks import MOST_BLOCKS, divided
from tests.tab import put_block

_LEAVES: Final = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3)
_LONG: Final = st.builds(lambda each, count: [each] * count, _LEAVES, st.integers(0, 3000)) | st.builds(
    lambda text, count: text * count,
    st.sampled_from(['x', 'é"', 'a line\n', '\n', '\r\n', 'x\u2028y ']),
    st.integers(0, 9000),
)
_VALUES: Final = st.recursive(
    _LEAVES | _LONG,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


def joined(value: Any) -> Any:
    frame, blocks = divided(value)
    root = {'value': frame}
    for path, content in blocks:
        put_block(root, ['value', *path], orjson.loads(content))
    return root['value']


@given(_VALUES)
@example([{'x': list(range(1000)), 'name': 'a'}, {'x': 'text' * 5000, 'name': 'b'}])
@example('')
def test_the_frame_and_the_blocks_make_the_value(value: Any) -> None:
    before = orjson.dumps(value)
    assert joined(value) == value
    assert orjson.dumps(value) == before


def test_a_value_has_a_bounded_number_of_blocks() -> None:
    """However many parts it has: a tab names those that it has in each call."""
    value = {f'{each}': 'x' * 3000 for each in range(5000)}
    assert len(divided(value).blocks) <= 2 * MOST_BLOCKS
    assert len(divided([value, value]).blocks) <= 2 * MOST_BLOCKS
    assert len(divided('a line\n' * 500_000).blocks) <= 2 * MOST_BLOCKS
