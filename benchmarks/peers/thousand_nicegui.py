"""A thousand components: 500 fields, each with a text that shows its value, in NiceGUI."""

import sys

from nicegui import ui


@ui.page('/')
def page() -> None:
    """Draw the fields and the texts."""
    for i in range(500):
        field = ui.input(value=f'text {i}: _')
        ui.label().bind_text_from(field, 'value')


ui.run(host='127.0.0.1', port=int(sys.argv[1]), reload=False, show=False, show_welcome_message=False)
