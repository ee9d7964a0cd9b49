"""A thousand texts that show the value of one field, in Dash; the texts are there at once."""

from dash import ALL, Dash, Input, Output, callback, dcc, html

app = Dash(__name__)
server = app.server
texts = [html.Div('text: _', id={'type': 'text', 'index': i}) for i in range(1000)]
app.layout = html.Div([dcc.Input(value='text: _', id='field'), *texts])


@callback(Output({'type': 'text', 'index': ALL}, 'children'), Input('field', 'value'), prevent_initial_call=True)
def show(value: str) -> list[str]:
    """Show the value in each text."""
    return [value] * 1000
