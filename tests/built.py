"""The files of the built client, by the names of their chunks: the files' own names are hashes."""

from __future__ import annotations

import json
from typing import Any

from dara.core._server.assets import BUILT


def chunk_names() -> dict[str, str]:
    """Return the name of the chunk of each script, such as that of its only component, by the file's name."""
    return {_file_name(entry): entry['name'] for entry in _manifest().values() if entry['file'].endswith('.js')}


def script_of(component: str) -> str:
    """Return the file name of the script with the code of a component."""
    components: dict[str, str] = json.loads((BUILT / 'components.json').read_text())
    return components[component].rpartition('/')[2]


def style_of(chunk: str) -> str:
    """Return the file name of the stylesheet of a chunk."""
    style: str = next(entry['css'][0] for entry in _manifest().values() if entry.get('name') == chunk)
    return style.rpartition('/')[2]


def _manifest() -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((BUILT / 'manifest.json').read_text())
    return manifest


def _file_name(entry: dict[str, Any]) -> str:
    file: str = entry['file']
    return file.rpartition('/')[2]
