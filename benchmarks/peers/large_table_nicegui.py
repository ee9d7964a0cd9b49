"""A table of `ROWS` rows and 20 columns in NiceGUI, whose grid gets all rows."""

import os
import sys

import numpy as np
import pandas as pd
from nicegui import ui

COUNT = int(os.environ.get('ROWS', '1000000'))


def load() -> pd.DataFrame:
    """Return the rows; the order of `order` is the opposite of that of the names."""
    numbers = np.arange(COUNT)
    columns = {'name': [f'item {i:06}' for i in range(COUNT)], 'order': COUNT - numbers}
    return pd.DataFrame({**columns, **{f'c{column}': numbers * 7919 % 10007 / (column + 1) for column in range(18)}})


data = load()


@ui.page('/')
def page() -> None:
    """Draw the rows in the grid that the documentation recommends for many of them."""
    ui.aggrid.from_pandas(data, options={'defaultColDef': {'filter': True, 'floatingFilter': True}})


ui.run(host='127.0.0.1', port=int(sys.argv[1]), reload=False, show=False, show_welcome_message=False)
