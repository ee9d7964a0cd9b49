"""The HTTP handler of the JavaScript of Python packages."""

from __future__ import annotations

import asyncio
import gzip
import re
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from dara.core import _messages as messages
from dara.core._libraries import LIBRARIES, SCRIPTS, address_of, file_of
from dara.core._server.assets import FOREVER
from dara.core._threads import Threads

GZIP_LEVEL: Final = 6  # level 9 takes twice as long, for less than one byte in a hundred
_THREADS: Final = 2
# The policy of pages forbids functions made of text. The client has a constructor that makes scripts with the page's
# nonce instead; see client/src/components/lib/libraries.ts.
_CONSTRUCTED: Final = re.compile(rb'(?<![\w.$])Function(?=\(|\.apply\(null)')
_CONSTRUCTOR: Final = b'daraFunction'


class Libraries:
    """The scripts as they are sent, by name: each is compressed once, in a thread, when it is first requested."""

    def __init__(self) -> None:
        self._threads = Threads('dara-libraries', _THREADS)
        self._scripts: dict[str, asyncio.Future[bytes]] = {}

    async def script(self, request: Request) -> Response:
        """Return a script, compressed."""
        file = request.path_params['file']
        name = file.rpartition('-')[0]
        if name not in SCRIPTS:
            return PlainTextResponse(messages.FILE_NOT_FOUND, 404)
        compressed = await asyncio.shield(self._compressed(name))
        if f'{LIBRARIES}/{file}' != address_of(name):  # of another version of the package
            return PlainTextResponse(messages.FILE_NOT_FOUND, 404)
        headers = {'Cache-Control': FOREVER, 'Content-Encoding': 'gzip', 'Vary': 'Accept-Encoding'}
        return Response(compressed, headers=headers, media_type='text/javascript')

    def _compressed(self, name: str) -> asyncio.Future[bytes]:
        known = self._scripts.get(name)
        if known is None or (known.done() and known.exception()):
            known = self._scripts[name] = asyncio.ensure_future(self._threads.run(_compress, name))
        return known


def _compress(name: str) -> bytes:
    address_of(name)  # is remembered
    script = _CONSTRUCTED.sub(_CONSTRUCTOR, file_of(name).read_bytes())
    return gzip.compress(script, GZIP_LEVEL, mtime=0)
