"""Figures of plotly."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any, Final

import orjson

_DEFAULT: Final = 'plotly'


def dump(figure: Any) -> Any:
    """Return a figure as JSON with its arrays in base64, and without the default template: the page has its own."""
    dumped: dict[str, Any] = figure.to_dict()
    layout = dumped.get('layout', {})
    if layout.get('template') == _default_template():
        dumped['layout'] = {name: value for name, value in layout.items() if name != 'template'}
    encoded: str = import_module('plotly.io.json').to_json_plotly(dumped, engine='orjson')  # with null for NaN
    return orjson.loads(encoded)


@cache
def _default_template() -> Any:
    return import_module('plotly.io').templates[_DEFAULT].to_plotly_json()
