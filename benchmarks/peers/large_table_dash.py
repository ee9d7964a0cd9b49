"""A table of a million rows and 20 columns in Dash: AG Grid's infinite model, with a callback."""

import os
from typing import Any

import dash_ag_grid as dag
import numpy as np
import pandas as pd
from dash import Dash, Input, Output, callback, no_update

COUNT = int(os.environ.get('ROWS', '1000000'))


def load() -> pd.DataFrame:
    """Return the rows; the order of `order` is the opposite of that of the names."""
    numbers = np.arange(COUNT)
    columns = {'name': [f'item {i:06}' for i in range(COUNT)], 'order': COUNT - numbers}
    return pd.DataFrame({**columns, **{f'c{column}': numbers * 7919 % 10007 / (column + 1) for column in range(18)}})


data = load()
app = Dash(__name__)
server = app.server
app.layout = dag.AgGrid(
    id='grid',
    columnDefs=[{'field': each} for each in data],
    defaultColDef={'filter': True, 'floatingFilter': True},
    rowModelType='infinite',
)


@callback(Output('grid', 'getRowsResponse'), Input('grid', 'getRowsRequest'))
def rows(request: dict[str, Any] | None) -> Any:
    """Return the requested rows."""
    if request is None:
        return no_update
    found = data
    for column, wanted in request['filterModel'].items():
        found = found[found[column].str.contains(wanted['filter'], case=False, regex=False)]
    if order := request['sortModel']:
        is_ascending = [each['sort'] == 'asc' for each in order]
        found = found.sort_values([each['colId'] for each in order], ascending=is_ascending)
    return {
        'rowData': found.iloc[request['startRow'] : request['endRow']].to_dict('records'),
        'rowCount': len(found),
    }
