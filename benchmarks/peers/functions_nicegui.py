"""Functions on the server, in NiceGUI; the slow one runs in a thread, as its documentation says."""

import sys
import time
from itertools import count

from nicegui import run, ui


def slow(number: int) -> str:
    """Answer late."""
    time.sleep(0.2)
    return f'slow: {number}'


@ui.page('/')
def page() -> None:
    """Draw the same components as the other apps."""
    clicks = count(1)

    async def show_slow(number: int) -> None:
        late.text = await run.io_bound(slow, number)

    ui.slider(min=0, max=1_000_000, value=0, on_change=lambda e: double.set_text(f'double: {2 * e.value}'))
    double = ui.label('double: 0')
    ui.input(on_change=lambda e: upper.set_text(f'upper: {e.value.upper()}'))
    upper = ui.label('upper: ')
    ui.button('Click', on_click=lambda: clicked.set_text(f'clicks: {next(clicks)}'))
    clicked = ui.label('clicks: 0')
    ui.slider(min=0, max=1_000_000, value=0, on_change=lambda e: show_slow(e.value))
    late = ui.label('slow: 0')


ui.run(host='127.0.0.1', port=int(sys.argv[1]), reload=False, show=False, show_welcome_message=False)
