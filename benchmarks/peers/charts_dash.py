"""Charts in Dash; `VIEW`, a variable of the environment, is one of `plotly`, `linked` and `live`."""

import os
from typing import Any

import dash_ag_grid as dag
import numpy as np
import pandas as pd
import plotly.graph_objects as go
from dash import Dash, Input, Output, callback, dcc, html

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
app = Dash(__name__)
server = app.server
if VIEW == 'plotly':
    app.layout = dcc.Graph(figure=cloud(points(100_000)))
elif VIEW == 'live':
    app.layout = html.Div([dcc.Graph(figure=wave(0), id='wave'), dcc.Interval(interval=100, id='clock')])

    @callback(Output('wave', 'figure'), Input('clock', 'n_intervals'))
    def move(ticks: int | None) -> go.Figure:
        """Move the figure."""
        return wave(ticks or 0)

else:
    columns = [{'field': each} for each in named(few)]
    grid = dag.AgGrid(id='table', columnDefs=columns, rowData=named(few).to_dict('records'))
    app.layout = html.Div([dcc.Graph(figure=cloud(few), id='points'), dcc.Graph(figure=spread(few), id='spread'), grid])

    @callback(
        Output('spread', 'figure'),
        Output('table', 'rowData'),
        Input('points', 'selectedData'),
        prevent_initial_call=True,
    )
    def select(selected: Any) -> tuple[go.Figure, list[Any]]:
        """Show the selected points."""
        chosen = few.iloc[[each['pointIndex'] for each in selected['points']]] if selected else few
        return spread(chosen), named(chosen).to_dict('records')
