"""Tables of a million rows: of a ServerVariable, of a DerivedVariable, and given by value."""

import os

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from dara.components import Button, Input, Stack, Table, Text
from dara.core import ConfigurationBuilder, DerivedVariable, ServerVariable, Variable, action

ROWS = int(os.environ.get('ROWS', 1_000_000))


def frame(mark: str) -> pd.DataFrame:
    """Return a table of which every row has the mark of its version."""
    numbers = np.arange(ROWS)
    cities = np.array(['Berlin', 'London', 'Paris', 'Rome'])[numbers % 4]
    columns = {'name': [f'item {number:06}' for number in numbers], 'version': mark, 'city': pd.Categorical(cities)}
    columns |= {'order': numbers[::-1], 'day': pd.date_range('2020-01-01', periods=ROWS, freq='min')}
    return pd.DataFrame({**columns, **{f'c{index}': numbers / (index + 2) for index in range(15)}})


FRAMES = {mark: frame(mark) for mark in ('v1', 'v2')}
flights = ServerVariable(FRAMES['v1'])
number = Variable(0)
least = Variable('999990')


@action
async def write(ctx):
    """Write the other version."""
    present = (await flights.read())['version'].iloc[0]
    await flights.write(FRAMES['v2' if present == 'v1' else 'v1'])


@action
async def write_often(ctx):
    """Write fourteen versions, one after the other."""
    for _ in range(14):
        present = (await flights.read())['version'].iloc[0]
        await flights.write(FRAMES['v2' if present == 'v1' else 'v1'])
    await ctx.update(number, 14)


late = DerivedVariable(lambda flights, least: flights[flights['order'] >= int(least or 0)], variables=[flights, least])
rows_of = DerivedVariable(lambda flights: f'{len(flights)} rows of {flights["version"].iloc[0]}', variables=[flights])

config = ConfigurationBuilder()
config.add_page(
    'Flights',
    content=Stack(
        Button('Write', onclick=write()),
        Button('Write often', onclick=write_often()),
        Text(text=rows_of),
        Text(text=number),
        Table(data=flights, label='Flights', searchable=True, max_rows=12),
    ),
)
config.add_page(
    'Late', content=Stack(Input(value=least, label='Least'), Table(data=late, label='Late', columns=['name', 'order']))
)
config.add_page('Given', content=Table(data=FRAMES['v1'], label='Given', columns=['name', 'city']))
