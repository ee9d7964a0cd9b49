"""A table of `ROWS` rows, a variable of the environment, with ten columns, in Dash."""

import os

import dash_ag_grid as dag
from dash import Dash

COUNT = int(os.environ['ROWS'])


def load() -> list[dict[str, object]]:
    """Return the rows, whose order is the opposite of their names'."""
    numbers = [f'c{column}' for column in range(8)]
    return [
        {'name': f'item {i:06}', 'order': COUNT - i, **dict.fromkeys(numbers, i * 7919 % 10007)} for i in range(COUNT)
    ]


rows = load()
app = Dash(__name__)
server = app.server
app.layout = dag.AgGrid(
    rowData=rows,
    columnDefs=[{'field': each} for each in rows[0]],
    defaultColDef={'filter': True, 'floatingFilter': True},
)
