"""The pages of refused and failed requests, for people; scripts get text."""

from __future__ import annotations

import secrets
import traceback
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import Scope

from dara.core import _messages as messages
from dara.core._outages import shown_of
from dara.core._server import login_page
from dara.core._server.identity import is_navigation, path_below

_HEADINGS: Final = {
    403: messages.MAY_NOT_SEE_PAGE,
    404: messages.PAGE_NOT_FOUND,
    405: messages.PAGE_NOT_FOUND,
}


class ErrorPages:
    """The pages of one app, which look like its login page: they need neither a session nor a script.

    Args:
        shows_traces: show why the code of the app failed.
    """

    def __init__(self, look: login_page.Look, embedders: Sequence[str], *, shows_traces: bool) -> None:
        self._look = look
        self._embedders = embedders
        self._shows_traces = shows_traces

    def handlers(self) -> Mapping[Any, Callable[..., Any]]:
        """Return the handlers of exceptions; one that is no refusal is raised again, and logged by the server."""
        return {HTTPException: self._refused, Exception: self._failed}

    def unavailable(self, scope: Scope, reason: str, headers: Mapping[str, str]) -> Response:
        """Return the response to a request that cannot be answered now."""
        return self._response(scope, 503, reason, reason, headers)

    async def _refused(self, request: Request, error: HTTPException) -> Response:
        status, detail = error.status_code, str(error.detail)
        reason = '' if detail == HTTPStatus(status).phrase else detail
        return self._response(request.scope, status, detail, reason, error.headers or {})

    async def _failed(self, request: Request, error: Exception) -> Response:
        trace = ''
        if self._shows_traces:
            trace = ''.join(traceback.format_exception(*shown_of(error)))
        return self._response(request.scope, 500, messages.REQUEST_FAILED, messages.REQUEST_FAILED, {}, trace)

    def _response(
        self, scope: Scope, status: int, text: str, reason: str, headers: Mapping[str, str], trace: str = ''
    ) -> Response:
        if not is_navigation(scope, path_below(scope)):
            return PlainTextResponse(text, status, dict(headers))
        nonce = secrets.token_urlsafe(16)
        heading = _HEADINGS.get(status, messages.PAGE_FAILED if status >= 500 else messages.PAGE_REFUSED)
        base = scope.get('app_root_path', scope.get('root_path', ''))  # the former within a mounted static folder
        page = login_page.failure(
            self._look.with_nonce(nonce), heading, reason, f'{base}/', trace, is_temporary=status >= 500
        )
        return HTMLResponse(page, status, {**headers, **login_page.headers(nonce, self._embedders)})
