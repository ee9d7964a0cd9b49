"""The handlers for logging in and out."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl, quote, unquote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from dara.core import _messages as messages
from dara.core._app_code import call_app_code
from dara.core._context import UserData
from dara.core._server import login_page
from dara.core._server.common_throttle import CommonThrottle
from dara.core._server.login_page import Look
from dara.core._server.origin import is_own_form, is_own_visit
from dara.core._server.sessions import CookieTooLarge, LoginSession, Sessions
from dara.core._server.turnstile import Busy, Turnstile
from dara.core._threads import RESERVED, Threads
from dara.core.auth import BaseAuthConfig
from dara.core.auth.config import LOGIN, LOGOUT
from dara.core.errors import NotJson

MAX_FORM_BYTES: Final = 16 * 1024
MAX_NAME_CHARACTERS: Final = 256
BUSY_SECONDS: Final = 2
THREADS: Final = 16
logger = logging.getLogger('dara')


class Login:
    """The pages on which users log in and out.

    Args:
        auth: checks names and passwords.
        look: the title and the theme of the app.
        embedders: the origins whose pages may show the login page in a frame.
        throttle: delays those who guess passwords.
    """

    def __init__(
        self, auth: BaseAuthConfig, sessions: Sessions, look: Look, embedders: Sequence[str], throttle: CommonThrottle
    ) -> None:
        self._embedders = embedders
        self._auth = auth
        self._sessions = sessions
        self._threads = Threads('dara-login', THREADS, RESERVED)
        self._look = look
        self._throttle = throttle
        self._turnstile = Turnstile()

    def routes(self) -> list[Route]:
        """Return the routes for logging in and out; none if the users are guests."""
        match self._auth._identification:
            case 'login':
                return [
                    Route(LOGIN, self._get_login, methods=['GET']),
                    Route(LOGIN, self._post_login, methods=['POST']),
                    Route(LOGOUT, self._get_logout, methods=['GET']),
                    Route(LOGOUT, self._post_logout, methods=['POST']),
                ]
            case 'authenticate':
                return [Route(LOGIN, self._get_login, methods=['GET'])]
            case 'guest':
                return []

    async def _get_login(self, request: Request) -> Response:
        to = request.query_params.get('next', '')
        if request.scope['dara.session']:
            return _redirect(safe_redirect(to, _base(request)))
        if not self._auth._has_login:
            return self._page(login_page.unknown_user, 401)
        return self._form(request, to)

    async def _post_login(self, request: Request) -> Response:
        form = await _form(request)
        to, name, password = form.get('next', ''), form.get('name', ''), form.get('password', '')
        if not is_own_form(request.scope):
            return self._form(request, to, '', messages.FORM_OF_OTHER_SITE, 403)
        if not name or len(name) > MAX_NAME_CHARACTERS or not password:
            return self._form(request, to, name, messages.CREDENTIALS_NEEDED, 400)
        address = request.client.host if request.client else ''
        try:
            self._turnstile.check(address)
        except Busy:
            return self._retry_later(request, to, name, messages.LOGIN_BUSY, BUSY_SECONDS)
        wait = await self._throttle.attempt(address, name)
        if wait:
            return self._retry_later(request, to, name, messages.TOO_MANY_ATTEMPTS, wait)
        try:
            async with self._turnstile.enter(address):
                user = await call_app_code(self._threads, self._auth.login, name, password)
        except Busy:  # the password was not checked
            self._throttle.take_back(address, name)
            return self._retry_later(request, to, name, messages.LOGIN_BUSY, BUSY_SECONDS)
        except Exception:  # from the app's auth config
            self._throttle.take_back(address, name)
            logger.exception('Users cannot log in: the auth config failed')
            return self._form(request, to, name, messages.LOGIN_FAILED, 503)
        if not user or not user.identity_id:
            return self._form(request, to, name, messages.WRONG_PASSWORD, 401)
        self._throttle.succeeded(address, name)
        return await self._begin(request, user, to)

    def _retry_later(self, request: Request, to: str, name: str, reason: str, seconds: int) -> Response:
        response = self._form(request, to, name, messages.retry_later(reason, seconds), 429)
        response.headers['Retry-After'] = str(seconds)
        return response

    async def _begin(self, request: Request, user: UserData, to: str) -> Response:
        previous: LoginSession | None = request.scope['dara.session']
        if previous:
            self._sessions.end(previous)
            await self._sessions.store_ended()
        session = await self._sessions.call_auth(self._sessions.begin, user)
        response = _redirect(safe_redirect(to, _base(request)))
        try:
            response.headers.append('Set-Cookie', self._sessions.cookie(session, request.scope))
        except (CookieTooLarge, NotJson) as error:
            logger.error('%s', error)
            return self._form(request, to, '', messages.LOGIN_FAILED, 503)
        return response

    async def _get_logout(self, request: Request) -> Response:
        if request.scope['dara.session'] is None:
            return _redirect(_base(request) + LOGIN)
        if is_own_visit(request.scope):
            return await self._end(request)
        return self._confirm_logout(request, 200)

    async def _post_logout(self, request: Request) -> Response:
        return await self._end(request) if is_own_form(request.scope) else self._confirm_logout(request, 403)

    async def _end(self, request: Request) -> Response:
        session: LoginSession | None = request.scope['dara.session']
        if session:
            self._sessions.end(session)
            await self._sessions.store_ended()
        response = _redirect(_base(request) + LOGIN)
        response.headers.append('Set-Cookie', self._sessions.expired_cookie(request.scope))
        return response

    def _confirm_logout(self, request: Request, status: int) -> Response:
        base = _base(request)
        return self._page(lambda look: login_page.logout_question(look, base + LOGOUT, f'{base}/'), status)

    def _form(self, request: Request, to: str, name: str = '', error: str = '', status: int = 200) -> Response:
        action = _base(request) + LOGIN
        return self._page(lambda look: login_page.form(look, action, to, name, error), status)

    def _page(self, draw: login_page.Draw, status: int) -> Response:
        nonce = secrets.token_urlsafe(16)
        return HTMLResponse(draw(self._look.with_nonce(nonce)), status, login_page.headers(nonce, self._embedders))


def safe_redirect(to: str, base: str) -> str:
    """Return the target of a redirect below `base`: `to`, or the app's first page if `to` is not a path in the app."""
    home = f'{base}/'
    path, _, rest = to.partition('?')
    path = path.partition('#')[0]
    if not path.startswith('/') or path.startswith('//') or '\\' in to or not to.isprintable():
        return home
    if {'.', '..'} & set(unquote(path).split('/')):
        return home
    below = (path[len(base) :] or '/') if f'{path}/'.startswith(f'{base}/') else path
    if below.startswith('//') or unquote(below).rstrip('/') in (LOGIN, LOGOUT):
        return home
    return f'{base}{below}?{rest}' if rest else f'{base}{below}'


def _base(request: Request) -> str:
    return quote(request.scope.get('root_path', ''))


def _redirect(address: str) -> RedirectResponse:
    return RedirectResponse(address, 303, {'Cache-Control': 'no-store'})


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of a login form, or no fields if the body is too large or malformed."""
    body = b''
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            return {}
    try:
        return dict(parse_qsl(body.decode('ascii'), keep_blank_values=True, errors='strict', max_num_fields=10))
    except ValueError:
        return {}
