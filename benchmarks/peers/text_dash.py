"""A text in a field, and shown, in Dash; it is not shared."""

from dash import Dash, Input, Output, callback, dcc, html

app = Dash(__name__)
server = app.server
app.layout = html.Div([dcc.Input(id='field', value=''), html.Div(id='text')])


@callback(Output('text', 'children'), Input('field', 'value'))
def show(text: str) -> str:
    """Show the text."""
    return text
