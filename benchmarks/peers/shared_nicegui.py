"""One shared text, in memory, in NiceGUI."""

from __future__ import annotations

import sys

from nicegui import ui  # type: ignore[import-not-found, unused-ignore]  # only in the peer's own environment


class Shared:
    """What every page is bound to."""

    text = ''


shared = Shared()


@ui.page('/')  # type: ignore[untyped-decorator, unused-ignore]  # as above
def page() -> None:
    """The same two components as in the other apps."""
    ui.input().bind_value(shared, 'text')
    ui.label().bind_text_from(shared, 'text')


ui.run(host='127.0.0.1', port=int(sys.argv[1]), reload=False, show=False, show_welcome_message=False)
