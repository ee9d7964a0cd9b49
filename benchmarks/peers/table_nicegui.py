"""A table of `ROWS` rows, a variable of the environment, with ten columns, in NiceGUI."""

import os
import sys

from nicegui import ui

COUNT = int(os.environ['ROWS'])


def load() -> list[dict[str, object]]:
    """Return the rows, whose order is the opposite of their names'."""
    numbers = [f'c{column}' for column in range(8)]
    return [
        {'name': f'item {i:06}', 'order': COUNT - i, **dict.fromkeys(numbers, i * 7919 % 10007)} for i in range(COUNT)
    ]


@ui.page('/')
def page() -> None:
    """Draw the rows in the grid that the documentation recommends for many of them."""
    rows = load()
    columns = [{'field': each, 'filter': True, 'floatingFilter': True} for each in rows[0]]
    ui.aggrid({'columnDefs': columns, 'rowData': rows})


ui.run(host='127.0.0.1', port=int(sys.argv[1]), reload=False, show=False, show_welcome_message=False)
