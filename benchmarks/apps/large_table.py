"""A table of a million rows and 20 columns that stays on the server."""

import os

import numpy as np
import pandas as pd  # type: ignore[import-untyped, unused-ignore]

from dara.components import Table
from dara.core import ConfigurationBuilder, ServerVariable

COUNT = int(os.environ.get('ROWS', '1000000'))


def load() -> pd.DataFrame:
    """Return the rows; the order of `order` is the opposite of that of the names."""
    numbers = np.arange(COUNT)
    columns = {'name': [f'item {i:06}' for i in range(COUNT)], 'order': COUNT - numbers}
    return pd.DataFrame({**columns, **{f'c{column}': numbers * 7919 % 10007 / (column + 1) for column in range(18)}})


config = ConfigurationBuilder()
config.add_page('Table', content=Table(data=ServerVariable(load()), searchable=True))
