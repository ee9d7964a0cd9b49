"""Charts; `VIEW`, a variable of the environment, is one of `plotly`, `own`, `linked` and `live`."""

import asyncio
import os
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped, unused-ignore]
import plotly.graph_objects as go  # type: ignore[import-untyped, unused-ignore]

from dara.components import Chart, Plotly, Stack, Table
from dara.core import ConfigurationBuilder, DerivedVariable, Variable
from dara.core.persistence import BackendStore

VIEW = os.environ['VIEW']
HEIGHT = 400


def points(number: int) -> pd.DataFrame:
    """Return points around a wave."""
    noise = np.random.default_rng(1)
    x = noise.uniform(0, 100, number)
    return pd.DataFrame({'x': x, 'y': np.sin(x / 8) + noise.normal(0, 0.4, number)})


def cloud(data: pd.DataFrame) -> go.Figure:
    """Draw points by WebGL."""
    figure = go.Figure(go.Scattergl(x=data['x'], y=data['y'], mode='markers', marker_size=3))
    return figure.update_layout(height=HEIGHT, title='Points', dragmode='select' if VIEW == 'linked' else 'zoom')


def spread(data: pd.DataFrame) -> go.Figure:
    """Draw the distribution of selected points, or of all."""
    heights, edges = np.histogram(data['y'], 20)
    title = 'chart of all' if len(data) == len(few) else 'chart of some'
    return go.Figure(go.Bar(x=edges[:-1], y=heights)).update_layout(height=HEIGHT, title=title)


def named(data: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the table."""
    return data.assign(part='table of all' if len(data) == len(few) else 'table of some')


def wave(tick: int) -> go.Figure:
    """Draw a figure that moves."""
    x = np.linspace(0, 12, 500)
    return go.Figure(go.Scatter(x=x, y=np.sin(x + tick / 10))).update_layout(height=HEIGHT, title=f'tick {tick}')


few = points(10_000)
selection: Variable[Any] = Variable(None)
ticks = BackendStore(uid='tick')
tick: Variable[int] = Variable(0, store=ticks)
config = ConfigurationBuilder()


def chosen(selection: Any) -> pd.DataFrame:
    """Return the selected points."""
    return few.iloc[selection['points'][0]] if selection else few


@config.on_startup
async def move() -> AsyncIterator[None]:
    """Move the figure ten times a second."""

    async def run() -> None:
        for number in count(1):
            await asyncio.sleep(0.1)
            await ticks.write(number)

    task = asyncio.create_task(run()) if VIEW == 'live' else None
    yield
    if task:
        task.cancel()


def content() -> Any:
    """Return what is shown."""
    if VIEW == 'own':
        return Chart(points(100_000), kind='scatter', x='x', y='y', height=HEIGHT)
    if VIEW == 'plotly':
        return Plotly(cloud(points(100_000)), height=HEIGHT)
    if VIEW == 'live':
        return Plotly(DerivedVariable(wave, variables=[tick]), height=HEIGHT)
    return Stack(
        Plotly(cloud(few), selection=selection, height=HEIGHT),
        Plotly(DerivedVariable(lambda it: spread(chosen(it)), variables=[selection]), height=HEIGHT),
        Table(data=DerivedVariable(lambda it: named(chosen(it)), variables=[selection]), max_rows=5),
    )


config.add_page('Charts', content=content())
