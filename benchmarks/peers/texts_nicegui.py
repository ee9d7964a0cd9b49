"""A thousand texts that show the value of one field, in NiceGUI."""

import sys

from nicegui import ui


@ui.page('/')
def page() -> None:
    """Draw the field and the texts."""
    field = ui.input(value='text: _')
    for _ in range(1000):
        ui.label().bind_text_from(field, 'value')


ui.run(host='127.0.0.1', port=int(sys.argv[1]), reload=False, show=False, show_welcome_message=False)
