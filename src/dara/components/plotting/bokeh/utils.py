"""Events of bokeh figures."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

from dara.core._libraries import require

EVENT: Final = 'dara-bokeh'
"""The name of the browser's event that tells the component of an event of its figure."""
_CODE: Final = """const value = (() => {{
{code}
}})()
document.dispatchEvent(new CustomEvent({name}, {{detail: {{document: cb_obj.document, event: {event}, value}}}}))"""


def figure_events(fig: Any) -> Callable[..., Callable[..., Any]]:
    """Return a function that makes events of a bokeh figure, for `Bokeh(events=...)`.

        event = figure_events(plot)
        clicked = event('CLICKED', code='return cb_data.source.selected.indices')
        plot.add_tools(TapTool(callback=clicked()))
        Bokeh(plot, events=[('CLICKED', chosen.sync())])

    It takes the name of the event and the JavaScript that runs in the browser; what that returns is the input of the
    actions. It returns a function that makes the `CustomJS`, given a dict of the values and models that the JavaScript
    can use by name, and as members of `args`.

    Args:
        fig: the figure.
    """
    require('bokeh', 'figure_events')

    def define_event(event_name: str, code: str = 'return args') -> Callable[..., Any]:
        def callback(args: dict[str, Any] | None = None) -> Any:
            custom_js = import_module('bokeh.models').CustomJS
            written = _CODE.format(code=code, name=json.dumps(EVENT), event=json.dumps(event_name))
            return custom_js(args={**(args or {}), 'args': args or {}}, code=written)

        return callback

    return define_event


__all__ = ['figure_events']
