"""A thousand components: 500 fields, each with a text that shows its value, in Dash; the texts are there at once."""

from dash import MATCH, Dash, Input, Output, callback, dcc, html

app = Dash(__name__)
server = app.server
values = [f'text {i}: _' for i in range(500)]
app.layout = html.Div(
    [
        html.Div(
            [
                dcc.Input(value=value, id={'type': 'field', 'index': i}),
                html.Div(value, id={'type': 'text', 'index': i}),
            ]
        )
        for i, value in enumerate(values)
    ]
)


@callback(
    Output({'type': 'text', 'index': MATCH}, 'children'),
    Input({'type': 'field', 'index': MATCH}, 'value'),
    prevent_initial_call=True,
)
def show(value: str) -> str:
    """Show the value of a field."""
    return value
