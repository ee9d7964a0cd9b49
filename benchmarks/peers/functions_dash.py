"""Functions on the server, in Dash."""

import time

from dash import Dash, Input, Output, callback, dcc, html

app = Dash(__name__)
server = app.server
app.layout = html.Div(
    [
        dcc.Slider(0, 1_000_000, 1, value=0, marks=None, updatemode='drag', id='number'),
        html.Div(id='double'),
        dcc.Input(id='text', value=''),
        html.Div(id='upper'),
        html.Button('Click', id='click', n_clicks=0),
        html.Div(id='clicks'),
        dcc.Slider(0, 1_000_000, 1, value=0, marks=None, updatemode='drag', id='slow-number'),
        html.Div(id='slow'),
    ]
)


@callback(Output('double', 'children'), Input('number', 'value'))
def double(number: int) -> str:
    """Answer at once."""
    return f'double: {2 * number}'


@callback(Output('upper', 'children'), Input('text', 'value'))
def upper(text: str) -> str:
    """Answer with capitals."""
    return f'upper: {text.upper()}'


@callback(Output('clicks', 'children'), Input('click', 'n_clicks'))
def clicked(clicks: int) -> str:
    """Answer with the number of clicks."""
    return f'clicks: {clicks}'


@callback(Output('slow', 'children'), Input('slow-number', 'value'))
def slow(number: int) -> str:
    """Answer late."""
    time.sleep(0.2)
    return f'slow: {number}'
