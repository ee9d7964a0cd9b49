"""Figures, layouts and documents of bokeh."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final

_SIZES: Final = ('width', 'height', 'sizing_mode', 'frame_width', 'frame_height')


def dump(value: Any) -> Any:
    """Return a model or a document as JSON with its arrays in base64.

    Its models are named by their place: equal figures have equal JSON. A figure without a size gets that of the page.
    """
    dumped: dict[str, Any] = _document_json(value)
    names = {name: f'p{index}' for index, name in enumerate(_ids(dumped))}
    for root in dumped['roots']:
        attributes = root.setdefault('attributes', {})
        if not any(name in attributes for name in _SIZES):
            attributes['sizing_mode'] = 'stretch_both'
    return _renamed(dumped, names)


def _document_json(value: Any) -> Any:
    document_type = import_module('bokeh.document').Document
    if isinstance(value, document_type):
        return value.to_json(deferred=False)
    if value.document is not None:
        return value.document.to_json(deferred=False)
    document = document_type()
    document.add_root(value)
    try:
        return document.to_json(deferred=False)
    finally:
        document.clear()


def _ids(value: Any) -> Iterator[str]:
    """Yield the ids of the models, in the order in which they are defined."""
    if isinstance(value, dict):
        if value.get('type') == 'object' and 'id' in value:
            yield value['id']
        for member in value.values():
            yield from _ids(member)
    elif isinstance(value, (list, tuple)):
        for element in value:
            if isinstance(element, (dict, list, tuple)):
                yield from _ids(element)


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: names.get(member, member) if key == 'id' and isinstance(member, str) else _renamed(member, names)
            for key, member in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_renamed(each, names) if isinstance(each, (dict, list, tuple)) else each for each in value]
    return value
