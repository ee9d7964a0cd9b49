"""The HTTP handlers of the bytes of uploads, which begin and end with calls; see docs/protocol.md."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dara.core import _messages as messages
from dara.core._context import Identity
from dara.core._sync.uploads import UploadRefused, Uploads

OFFSET: Final = 'Upload-Offset'
LENGTH: Final = 'Upload-Length'
_HEADERS: Final = {'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff'}
logger = logging.getLogger('dara')


class UploadHandlers:
    """The handlers of one app. The session of the request, and no other, may use its uploads."""

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads

    def routes(self) -> list[Route]:
        """Return the route of uploads."""
        return [Route('/_dara/upload/{id}', self._answer, methods=['HEAD', 'PATCH', 'DELETE'])]

    async def _answer(self, request: Request) -> Response:
        identity: Identity = request.scope['dara.identity']
        upload: str = request.path_params['id']
        try:
            if request.method == 'PATCH':
                return await self._patch(request, upload, identity.session_id)
            if request.method == 'DELETE':
                await self._uploads.remove(upload, identity.session_id)
                return Response(None, 204, _HEADERS)
            offset, length = await self._uploads.position(upload, identity.session_id)
            return Response(None, 204, {**_HEADERS, OFFSET: str(offset), LENGTH: str(length)})
        except UploadRefused as error:
            if error.__cause__ is not None:
                logger.error('Files of users cannot be stored: %s', error.__cause__)
            return _refused(error)
        except OSError:
            logger.exception('The files of uploads cannot be used')
            return _refused(UploadRefused(503, messages.UPLOADS_FAIL_NOW))

    async def _patch(self, request: Request, upload: str, session_id: str) -> Response:
        offset = request.headers.get(OFFSET, '')
        if not (offset.isascii() and offset.isdecimal() and len(offset) < 16):
            raise UploadRefused(400, messages.UPLOAD_BEGINS_ELSEWHERE)
        reached = await self._uploads.receive(upload, session_id, int(offset), _until_cut(request))
        return Response(None, 204, {**_HEADERS, OFFSET: str(reached)})


def _refused(error: UploadRefused) -> Response:
    at = {} if error.offset is None else {OFFSET: str(error.offset)}
    return JSONResponse({'detail': str(error)}, error.status, {**_HEADERS, **at})


async def _until_cut(request: Request) -> AsyncIterator[bytes]:
    """Yield the body as far as it arrives."""
    try:
        async for piece in request.stream():
            yield piece
    except ClientDisconnect:
        return
