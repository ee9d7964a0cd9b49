"""Middleware that identifies the user of each request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dara.core import _messages as messages
from dara.core._app_code import call_app_code
from dara.core._context import UserData, running_for
from dara.core._libraries import LIBRARIES
from dara.core._loops import enter_server_loop
from dara.core._outages import OUTAGES
from dara.core._server.health import HEALTH, READY
from dara.core._server.origin import is_same_origin
from dara.core._server.sessions import LoginSession, Sessions
from dara.core._threads import RESERVED, THREADS, Threads
from dara.core.auth import BaseAuthConfig
from dara.core.auth.config import LOGIN

SOCKET: Final = '/_dara/ws'
CLOSE_UNAUTHENTICATED: Final = 4401
CLOSE_TRY_AGAIN: Final = 1013
CREDENTIAL: Final = 'The auth config'
_NO_STORE: Final = {'Cache-Control': 'no-store'}
_PUBLIC_FOLDERS: Final = ('/_dara/static/', f'{LIBRARIES}/')
_SAFE_METHODS: Final = ('GET', 'HEAD', 'OPTIONS')
_OTHER_ORIGIN: Final = JSONResponse({'detail': messages.OTHER_ORIGIN}, 403, _NO_STORE)
_SOON: Final = {**_NO_STORE, 'Retry-After': '2'}


class IdentityMiddleware:
    """Middleware that lets only admitted requests through, and sets the user for the code that answers them."""

    def __init__(self, app: ASGIApp, admission: Admission) -> None:
        self._app = app
        self._admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope['type'] not in ('http', 'websocket'):
            await self._app(scope, receive, send)
            return
        admitted = await self._admission.admit(scope, receive, send)
        if admitted is None:
            return
        if scope['type'] == 'websocket':  # sets the user for each call
            await self._app(scope, receive, admitted)
            return
        with running_for(scope['dara.identity']):
            await self._app(scope, receive, admitted)


class Admission:
    """The admission of requests: it sets the user's session in the scope and in the browser's cookie.

    `scope['dara.session']` is a `LoginSession` or `None`, and `scope['dara.identity']` its `Identity`. A connection to
    the app's websocket passes even without a session, because only an accepted socket can send the reason.

    Args:
        is_public: returns whether a request needs no session; its arguments are the method and the path below the
            app's root.
        unavailable: returns the response to a request that cannot be answered now.
    """

    def __init__(
        self,
        auth: BaseAuthConfig,
        sessions: Sessions,
        is_public: Callable[[str, str], bool],
        unavailable: Callable[[Scope, str, Mapping[str, str]], Response],
    ) -> None:
        self._auth = auth
        self._sessions = sessions
        self._threads = Threads('dara-authenticate', THREADS, RESERVED)
        self._is_public_endpoint = is_public
        self._unavailable = unavailable

    async def admit(self, scope: Scope, receive: Receive, send: Send) -> Send | None:
        """Identify the user of a request.

        Returns:
            The `send` with which the app answers, or `None` if the request was rejected.
        """
        enter_server_loop()  # the lifespan does not run if the app is mounted in another one
        scope['dara.session'] = scope['dara.identity'] = None
        path = path_below(scope)
        if scope['type'] == 'http':
            send = _without_sniffing(send)
        if path in (HEALTH, READY) or path.startswith(_PUBLIC_FOLDERS):
            return send
        try:
            cookies = '; '.join(Headers(scope=scope).getlist('cookie'))
            await self._sessions.refresh(cookies)
            sent = await self._sessions.call_auth(self._sessions.read, cookies)
            session = await self._session(sent, scope)
        except Exception as error:  # from the app's auth config; existing sessions stay valid
            OUTAGES.failed(CREDENTIAL, '', error)
            await self._reject_for_now(scope, receive, send)
            return None
        OUTAGES.worked(CREDENTIAL, '')
        is_reserved = path in self._auth._reserved
        if session is None and not is_reserved and not self._is_public(scope, path):
            await self._reject(path, scope, receive, send)
            return None
        if not is_reserved and _is_cross_origin_write(scope) and not self._is_public(scope, path):
            await _OTHER_ORIGIN(scope, receive, send)
            return None
        if session and not is_reserved:
            session = self._sessions.renewed(session)
            send = self._with_cookie(session, sent, scope, send)
        scope['dara.session'], scope['dara.identity'] = session, session.identity if session else None
        return send

    async def _session(self, sent: LoginSession | None, scope: Scope) -> LoginSession | None:
        """Return the session of a request, given the session that its cookie has."""
        match self._auth._identification:
            case 'login':
                return sent
            case 'guest':
                return sent or await self._sessions.call_auth(lambda: self._sessions.begin(self._auth.guest()))
            case 'authenticate':
                user = await call_app_code(self._threads, self._auth.authenticate, HTTPConnection(scope))
                return await self._session_of(user, sent)

    async def _session_of(self, user: UserData | None, sent: LoginSession | None) -> LoginSession | None:
        """Return the sent session if it is the user's, or else a new one; end the session of another user."""
        known = user if user and user.identity_id else None
        if sent and (known is None or sent.identity.user.identity_id != known.identity_id):
            self._sessions.end(sent)
            await self._sessions.store_ended()
            sent = None
        if known is None:
            return None
        if sent:
            return await self._sessions.call_auth(self._sessions.updated, sent, known)
        return await self._sessions.call_auth(self._sessions.begin, known)

    def _is_public(self, scope: Scope, path: str) -> bool:
        return path == SOCKET if scope['type'] == 'websocket' else self._is_public_endpoint(scope['method'], path)

    async def _reject(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        if scope['type'] == 'websocket':
            await receive()  # websocket.connect
            await send({'type': 'websocket.close', 'code': CLOSE_UNAUTHENTICATED})
            return
        response: Response
        if is_navigation(scope, path):
            response = RedirectResponse(_login_address(scope), 303, _NO_STORE)
        else:
            response = JSONResponse({'detail': messages.NOT_AUTHENTICATED}, 401, _NO_STORE)
        await response(scope, receive, send)

    async def _reject_for_now(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reject a request or socket whose user is unknown at the moment; its tab tries again."""
        if scope['type'] == 'websocket':
            await receive()  # websocket.connect
            await send({'type': 'websocket.close', 'code': CLOSE_TRY_AGAIN})
            return
        await self._unavailable(scope, messages.IDENTITY_UNKNOWN, _SOON)(scope, receive, send)

    def _with_cookie(self, session: LoginSession, sent: LoginSession | None, scope: Scope, send: Send) -> Send:
        """Return a `send` that adds the session's cookie to the response, unless the browser has it."""
        if sent and (sent.identity.session_id, sent.began) == (session.identity.session_id, session.began):
            return send

        async def send_with_cookie(message: Message) -> None:
            if message['type'] in ('http.response.start', 'websocket.accept'):
                message.setdefault('headers', [])
                headers = MutableHeaders(scope=message)
                headers.append('Set-Cookie', self._sessions.cookie(session, scope))
                headers['Cache-Control'] = 'private, no-store'  # a shared cache must not store the cookie
            await send(message)

        return send_with_cookie


def _without_sniffing(send: Send) -> Send:
    """Return a `send` that forbids browsers to guess the type of the response."""

    async def send_without_sniffing(message: Message) -> None:
        if message['type'] == 'http.response.start':
            message.setdefault('headers', [])
            MutableHeaders(scope=message).setdefault('X-Content-Type-Options', 'nosniff')
        await send(message)

    return send_without_sniffing


def _is_cross_origin_write(scope: Scope) -> bool:
    """Return whether a page of another origin sends a request that may change data (CSRF)."""
    return scope['type'] == 'http' and scope['method'] not in _SAFE_METHODS and not is_same_origin(scope)


def path_below(scope: Scope) -> str:
    """Return the path below the app's root."""
    path: str = scope['path']
    base: str = scope.get('root_path', '')
    if base and f'{path}/'.startswith(f'{base}/'):
        return path[len(base) :] or '/'
    return path


def _login_address(scope: Scope) -> str:
    """Return the address of the login page that leads back to the requested address."""
    query = scope['query_string'].decode('latin-1')
    requested = quote(scope['path']) + (f'?{query}' if query else '')
    return f'{quote(scope.get("root_path", ""))}{LOGIN}?next={quote(requested, safe="/")}'


def is_navigation(scope: Scope, path: str) -> bool:
    """Return whether the browser navigates to a page, as opposed to a script's request."""
    headers = Headers(scope=scope)
    if scope['method'] not in ('GET', 'HEAD') or path.startswith('/_dara/'):
        return False
    mode = headers.get('sec-fetch-mode')
    return mode == 'navigate' if mode else 'text/html' in headers.get('accept', '')
