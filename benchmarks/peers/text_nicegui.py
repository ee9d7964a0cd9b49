"""One shared text, in memory, in NiceGUI."""

from __future__ import annotations

import sys

from nicegui import ui


class Shared:
    """State to which every page is bound."""

    text = ''


shared = Shared()


@ui.page('/')
def page() -> None:
    """Draw the same two components as the other apps."""
    ui.input().bind_value(shared, 'text')
    ui.label().bind_text_from(shared, 'text')


ui.run(host='127.0.0.1', port=int(sys.argv[1]), reload=False, show=False, show_welcome_message=False)
