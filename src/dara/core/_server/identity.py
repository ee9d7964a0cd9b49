"""Who asks: known before anything else sees a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dara.core import _messages as messages
from dara.core._app_code import call_app_code
from dara.core._context import UserData, running_for
from dara.core._loops import enter_server_loop
from dara.core._outages import OUTAGES
from dara.core._server.origin import is_same_origin
from dara.core._server.sessions import LoginSession, Sessions
from dara.core._threads import Threads
from dara.core.auth import BaseAuthConfig
from dara.core.auth.config import LOGIN

THREADS: Final = 32
SOCKET: Final = '/_dara/ws'
CLOSE_UNKNOWN: Final = 4401
CLOSE_LATER: Final = 1013
CREDENTIAL: Final = 'The auth config'
_NO_STORE: Final = {'Cache-Control': 'no-store'}
_SAFE: Final = ('GET', 'HEAD', 'OPTIONS')
_FROM_ELSEWHERE: Final = JSONResponse({'detail': messages.OTHER_ORIGIN}, 403, _NO_STORE)
_UNSURE: Final = PlainTextResponse(messages.IDENTITY_UNKNOWN, 503, {**_NO_STORE, 'Retry-After': '2'})


class IdentityMiddleware:
    """Puts who asks into the scope, keeps their session in their browser, and sends away whom it does not know.

    `scope['dara.session']` is a `LoginSession` or `None`, and `scope['dara.identity']` its `Identity`. The app's
    websocket is handed on even so, because only a socket that was accepted can be told why it is closed.

    Args:
        is_open: whether anybody may make a request of that method for that path below the app's root.
    """

    def __init__(
        self, app: ASGIApp, auth: BaseAuthConfig, sessions: Sessions, is_open: Callable[[str, str], bool]
    ) -> None:
        self._app = app
        self._auth = auth
        self._sessions = sessions
        self._threads = Threads('dara-authenticate', THREADS)
        self._is_open = is_open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope['type'] not in ('http', 'websocket'):
            await self._app(scope, receive, send)
            return
        enter_server_loop()  # where the app is mounted in another one, nothing else says so
        scope['dara.session'] = scope['dara.identity'] = None
        path = path_below(scope)
        send = _as_it_says(send)
        if path == '/_dara/health' or path.startswith('/_dara/static/'):
            await self._app(scope, receive, send)
            return
        try:
            kept = await self._sessions.ask(self._sessions.read, '; '.join(Headers(scope=scope).getlist('cookie')))
            session = await self._session(kept, scope)
        except Exception as error:  # of the app's own config: an outage, which logs nobody out
            OUTAGES.failed(CREDENTIAL, '', error)
            await _come_later(scope, receive, send)
            return
        OUTAGES.worked(CREDENTIAL, '')
        is_reserved = path in self._auth._reserved
        if session is None and not is_reserved and not self._is_for_anybody(scope, path):
            await self._refuse(path, scope, receive, send)
            return
        if not is_reserved and _is_sent_by_others(scope) and not self._is_for_anybody(scope, path):
            await _FROM_ELSEWHERE(scope, receive, send)
            return
        if session and not is_reserved:
            session = self._sessions.renewed(session)
            send = self._keeping(session, kept, scope, send)
        await self._serve(session, scope, receive, send)

    async def _serve(self, session: LoginSession | None, scope: Scope, receive: Receive, send: Send) -> None:
        identity = session.identity if session else None
        scope['dara.session'], scope['dara.identity'] = session, identity
        if scope['type'] == 'websocket':  # runs the code of many calls, each for whom it is
            await self._app(scope, receive, send)
            return
        with running_for(identity):
            await self._app(scope, receive, send)

    async def _session(self, kept: LoginSession | None, scope: Scope) -> LoginSession | None:
        match self._auth._way:
            case 'login':
                return kept
            case 'guest':
                return kept or await self._sessions.ask(lambda: self._sessions.begin(self._auth.guest()))
            case 'authenticate':
                user = await call_app_code(self._threads, self._auth.authenticate, HTTPConnection(scope))
                return await self._bound(kept, user)

    async def _bound(self, kept: LoginSession | None, user: UserData | None) -> LoginSession | None:
        """The browser's session if it is this user's; that of anybody else ends."""
        known = user if user and user.identity_id else None
        if kept and (known is None or kept.identity.user.identity_id != known.identity_id):
            self._sessions.end(kept)
            await self._sessions.keep_ended()
            kept = None
        if known is None:
            return None
        if kept:
            return await self._sessions.ask(self._sessions.of, known, kept)
        return await self._sessions.ask(self._sessions.begin, known)

    def _is_for_anybody(self, scope: Scope, path: str) -> bool:
        return path == SOCKET if scope['type'] == 'websocket' else self._is_open(scope['method'], path)

    async def _refuse(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        if scope['type'] == 'websocket':
            await receive()  # websocket.connect
            await send({'type': 'websocket.close', 'code': CLOSE_UNKNOWN})
            return
        response: Response
        if _is_visit(scope, path):
            response = RedirectResponse(_login_address(scope), 303, _NO_STORE)
        else:
            response = JSONResponse({'detail': messages.NOT_AUTHENTICATED}, 401, _NO_STORE)
        await response(scope, receive, send)

    def _keeping(self, session: LoginSession, kept: LoginSession | None, scope: Scope, send: Send) -> Send:
        """Send the cookie along, unless the browser has it."""
        if kept and (kept.identity.session_id, kept.began) == (session.identity.session_id, session.began):
            return send

        async def send_with_cookie(message: Message) -> None:
            if message['type'] in ('http.response.start', 'websocket.accept'):
                message.setdefault('headers', [])
                headers = MutableHeaders(scope=message)
                headers.append('Set-Cookie', self._sessions.cookie(session, scope))
                headers['Cache-Control'] = 'private, no-store'  # no cache gives one user's cookie to another
            await send(message)

        return send_with_cookie


async def _come_later(scope: Scope, receive: Receive, send: Send) -> None:
    """Ask a browser to come back, as it cannot be told now who it is for."""
    if scope['type'] == 'websocket':
        await receive()  # websocket.connect
        await send({'type': 'websocket.close', 'code': CLOSE_LATER})  # its tab tries again
        return
    await _UNSURE(scope, receive, send)


def _as_it_says(send: Send) -> Send:
    """No browser takes an answer for something else than it says that it is."""

    async def send_as_it_says(message: Message) -> None:
        if message['type'] == 'http.response.start':
            message.setdefault('headers', [])
            MutableHeaders(scope=message).setdefault('X-Content-Type-Options', 'nosniff')
        await send(message)

    return send_as_it_says


def _is_sent_by_others(scope: Scope) -> bool:
    """Whether a page of another origin wants something changed, by the cookie of whoever looks at it."""
    return scope['type'] == 'http' and scope['method'] not in _SAFE and not is_same_origin(scope)


def path_below(scope: Scope) -> str:
    """Return the path below the app's root."""
    path: str = scope['path']
    base: str = scope.get('root_path', '')
    if base and f'{path}/'.startswith(f'{base}/'):
        return path[len(base) :] or '/'
    return path


def _login_address(scope: Scope) -> str:
    """Where to log in, to come back to what was asked for."""
    query = scope['query_string'].decode('latin-1')
    asked = quote(scope['path']) + (f'?{query}' if query else '')
    return f'{quote(scope.get("root_path", ""))}{LOGIN}?next={quote(asked, safe="/")}'


def _is_visit(scope: Scope, path: str) -> bool:
    """Whether somebody goes to a page, and no script asks for something."""
    headers = Headers(scope=scope)
    if scope['method'] not in ('GET', 'HEAD') or path.startswith('/_dara/'):
        return False
    mode = headers.get('sec-fetch-mode')
    return mode == 'navigate' if mode else 'text/html' in headers.get('accept', '')
