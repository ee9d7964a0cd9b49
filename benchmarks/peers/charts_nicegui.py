"""Charts in NiceGUI; `VIEW`, a variable of the environment, is one of `plotly`, `own`, `linked` and `live`."""

import os
import sys
from itertools import count

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from nicegui import events, ui

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


def live() -> None:
    """Move the figure ten times a second."""
    ticks = count()
    plot = ui.plotly(wave(next(ticks))).classes('w-full')
    ui.timer(0.1, lambda: plot.update_figure(wave(next(ticks))))


def linked() -> None:
    """Show the selected points in another chart and in a table."""

    def select(event: events.GenericEventArguments) -> None:
        chosen = few.iloc[event.args]
        other.update_figure(spread(chosen))
        table.options['rowData'] = named(chosen).to_dict('records')
        table.update()

    plot = ui.plotly(cloud(few)).classes('w-full')
    plot.on('plotly_selected', select, js_handler='(event) => emit(event.points.map((each) => each.pointIndex))')
    other = ui.plotly(spread(few)).classes('w-full')
    table = ui.aggrid.from_pandas(named(few))


@ui.page('/')
def page() -> None:
    """Draw the charts."""
    if VIEW == 'plotly':
        ui.plotly(cloud(points(100_000))).classes('w-full')
    elif VIEW == 'own':
        axes = {'xAxis': {'type': 'value'}, 'yAxis': {'type': 'value'}, 'dataZoom': [{'type': 'inside'}]}
        series = {'type': 'scatter', 'large': True, 'symbolSize': 3, 'data': points(100_000).to_numpy().tolist()}
        ui.echart({**axes, 'series': [series]}).style(f'height: {HEIGHT}px')
    else:
        live() if VIEW == 'live' else linked()


ui.run(host='127.0.0.1', port=int(sys.argv[1]), reload=False, show=False, show_welcome_message=False)
