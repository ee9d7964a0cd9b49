"""A table of 20 columns that several workers hold."""

import os

import numpy as np
import pandas as pd  # type: ignore[import-untyped, unused-ignore]

from dara.components import Table
from dara.core import ConfigurationBuilder, ServerVariable
from dara.core.persistence import SQLiteBackend

COUNT = int(os.environ.get('ROWS', '1000000'))


def load() -> pd.DataFrame:
    """Return the rows."""
    numbers = np.arange(COUNT)
    return pd.DataFrame({f'c{column}': numbers * 7919 % 10007 / (column + 1) for column in range(20)})


config = ConfigurationBuilder()
config.backend = SQLiteBackend('values.db')
config.add_page('Table', content=Table(data=ServerVariable(load())))
