"""Tests of files of values whose large parts processes map."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
import pytest

from dara.core._mapped_values import digest, dump, load

COUNT = 100_000


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            'number': np.arange(COUNT),
            'text': [f'{number} ü' for number in range(COUNT)],
            'city': pd.Categorical(np.array(['Rome', 'Oslo'])[np.arange(COUNT) % 2]),
            'moment': pd.date_range('2026-01-01', periods=COUNT, freq='min', tz='Europe/Oslo'),
            'object': [date(2026, 1, 1), 1] * (COUNT // 2),
        }
    ).set_index(pd.date_range('2026-01-01', periods=COUNT, freq='s'))


FRAME = frame()
POLARS = pl.DataFrame({'text': ['a', None] * (COUNT // 2), 'list': [[1, 2]] * COUNT}).with_columns(
    pl.col('text').cast(pl.Enum(['a', 'b'])).alias('enum'), pl.col('text').cast(pl.Categorical).alias('category')
)
VALUES: dict[str, Any] = {
    'pandas': FRAME,
    'arrow': pa.table({'text': ['a', None] * COUNT}),
    'polars': POLARS,
    'nested': {'weights': [np.ones((300, 500))], 'names': ('a', {'b'})},
    'small': [1, None, 'text'],
}


@pytest.mark.parametrize('is_mapped', [True, False])
@pytest.mark.parametrize('kind', VALUES)
def test_a_value_is_the_same_again(kind: str, tmp_path: Path, *, is_mapped: bool) -> None:
    """Its file may be deleted at once, and what is changed in it changes nothing else."""
    file = tmp_path / 'value'
    for _ in range(2):
        with file.open('wb') as opened:
            mapped = dump(VALUES[kind], opened)
        assert (mapped > 0) is (kind != 'small')
        value = load(file, is_mapped=is_mapped)
        file.unlink()
        match value:
            case pd.DataFrame():
                pd.testing.assert_frame_equal(value, FRAME)
                value.loc[value.index[0], 'number'] = 5
            case pl.DataFrame():
                assert value.schema == VALUES[kind].schema
                assert value.rows() == VALUES[kind].rows()
            case pa.Table():
                assert value.equals(VALUES[kind])
            case {'weights': [weights], **others}:
                assert others == {'names': ('a', {'b'})}
                assert weights.sum() == 150_000
                weights[:] = 0
            case _:
                assert value == VALUES[kind]


def test_equal_values_have_one_name() -> None:
    """Those of which most is objects of Python have none."""
    assert digest(frame()) == digest(frame()) != digest(frame().assign(number=1))
    assert digest([1, 2]) is None
    assert digest(lambda: None) is None
