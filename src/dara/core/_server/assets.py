"""The files of the built client, and those that a page needs."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Set
from dataclasses import dataclass
from mimetypes import guess_type
from pathlib import Path
from typing import Any, Final

import orjson
from starlette.responses import FileResponse, PlainTextResponse, Response

from dara.core import _messages as messages
from dara.core.errors import InvalidConfig

BUILT: Final = Path(__file__).parent.parent / '_static'
ENTRY: Final = 'src/main.tsx'
_ENCODINGS: Final = (('br', '.br'), ('gzip', '.gz'))
FOREVER: Final = 'public, max-age=31536000, immutable'

_logger = logging.getLogger('dara')


@dataclass(frozen=True, slots=True)
class Needed:
    """The files that a page loads, as paths below the built client.

    Attributes:
        scripts: the entry script is first, before the others in the order in which their code is needed.
        libraries: the scripts that the entry script imports; none of them imports it.
    """

    scripts: tuple[str, ...]
    libraries: tuple[str, ...]
    styles: tuple[str, ...]


class Assets:
    """The files of the built client, by hashed name.

    Raises:
        InvalidConfig: the client has not been built.
    """

    def __init__(self, directory: Path = BUILT) -> None:
        manifest, components = directory / 'manifest.json', directory / 'components.json'
        for file in (manifest, components):
            if not file.exists():
                raise InvalidConfig(f'{file} is missing: the client is not built. Run `npm run build` in client/.')
        content = manifest.read_bytes()
        self.build = hashlib.sha256(content).hexdigest()
        self._manifest: dict[str, dict[str, Any]] = orjson.loads(content)
        self._chunks = {chunk['file']: name for name, chunk in self._manifest.items()}
        self._components: dict[str, str] = orjson.loads(components.read_bytes())
        self._files = {f'assets/{path.name}': path for path in (directory / 'assets').iterdir()}

    def needed(self, components: Set[str]) -> Needed:
        """Return the files that a page with these components loads, each once."""
        chunks: dict[str, None] = {}
        self._add(ENTRY, chunks)
        libraries = [self._manifest[chunk]['file'] for chunk in chunks if chunk != ENTRY]
        for name in sorted(components & self._components.keys()):
            self._add(self._chunks[self._components[name]], chunks)
        entries = [self._manifest[chunk] for chunk in chunks]
        styles = dict.fromkeys(style for entry in entries for style in entry.get('css', ()))
        return Needed(tuple(entry['file'] for entry in entries), tuple(libraries), tuple(styles))

    def response(self, path: str, accepted: str) -> Response:
        """Return a file, in the smallest encoding that the browser accepts."""
        file = self._files.get(path)
        if file is None:
            return PlainTextResponse(messages.FILE_NOT_FOUND, 404)
        headers = {'Cache-Control': FOREVER, 'Vary': 'Accept-Encoding'}
        media = guess_type(path)[0] or 'application/octet-stream'
        codings = {each.partition(';')[0].strip() for each in accepted.split(',') if not each.endswith('q=0')}
        for coding, ending in _ENCODINGS:
            variant = self._files.get(path + ending)
            if coding in codings and variant:
                return _file(variant, {**headers, 'Content-Encoding': coding}, media)
        return _file(file, headers, media)

    def _add(self, chunk: str, chunks: dict[str, None]) -> None:
        if chunk in chunks:
            return
        chunks[chunk] = None
        for imported in self._manifest[chunk].get('imports', ()):
            self._add(imported, chunks)


def _file(path: Path, headers: dict[str, str], media: str) -> Response:
    try:
        return FileResponse(path, headers=headers, media_type=media, stat_result=path.stat())
    except OSError:
        _logger.warning('%s has gone: another version was installed. Restart the server.', path)
        return PlainTextResponse(messages.FILE_NOT_FOUND, 404)
