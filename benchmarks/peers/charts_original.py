"""Charts in the original; `VIEW`, a variable of the environment, is one of `plotly`, `own`, `linked` and `live`."""

import asyncio
import os
from itertools import count
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from bokeh.plotting import figure

from dara.components import Bokeh, Plotly, Stack, Table
from dara.core import ConfigurationBuilder, DerivedVariable, Variable, action, py_component
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
indices: Variable[list[int]] = Variable([])
ticks = BackendStore(uid='tick')
tick = Variable(default=0, store=ticks)
config = ConfigurationBuilder()


def chosen(indices: list[int]) -> pd.DataFrame:
    """Return the selected points."""
    return few.iloc[indices] if indices else few


@action
async def select(ctx: Any) -> None:
    """Keep the indexes of the selected points."""
    await ctx.update(variable=indices, value=[each['pointNumber'] for each in ctx.input])


@py_component
def other(indices: list[int]) -> Any:
    """Draw the distribution of the selected points."""
    return Plotly(spread(chosen(indices)), min_height=HEIGHT)


@py_component
def moving(tick: int) -> Any:
    """Draw the figure that moves."""
    return Plotly(wave(tick), min_height=HEIGHT)


async def move() -> None:
    """Move the figure ten times a second."""
    for number in count(1):
        await asyncio.sleep(0.1)
        await ticks.write(number)


def bokeh() -> Any:
    """Draw the points by Bokeh."""
    plot = figure(height=HEIGHT, sizing_mode='stretch_width', output_backend='webgl', active_scroll='wheel_zoom')
    plot.scatter('x', 'y', source=points(100_000), size=3)
    return Bokeh(plot, min_height=HEIGHT)


def content() -> Any:
    """Return what is shown."""
    if VIEW == 'own':
        return bokeh()
    if VIEW == 'plotly':
        return Plotly(cloud(points(100_000)), min_height=HEIGHT)
    if VIEW == 'live':
        return moving(tick)
    selected = Plotly.Event(event_name=Plotly.EventName.SELECTED, actions=[select()])
    return Stack(
        Plotly(cloud(few), events=[selected], min_height=HEIGHT),
        other(indices),
        Table(data=DerivedVariable(lambda it: named(chosen(it)), variables=[indices]), max_rows=5),
    )


if VIEW == 'live':
    config.on_startup(lambda: asyncio.get_running_loop().create_task(move()) and None)
config.add_page('Charts', content=content())
