"""Login sessions: a signed cookie says who a browser is for."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import math
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import quote

from itsdangerous import BadData, URLSafeSerializer
from starlette.types import Scope

from dara.core._app_code import is_ours
from dara.core._context import Identity, UserData
from dara.core._server.ended import EndedSessions
from dara.core._server.origin import is_local
from dara.core._server.state import StateFolder
from dara.core._threads import Threads
from dara.core.auth import BaseAuthConfig
from dara.core.errors import DaraError

COOKIE: Final = 'dara_session'
COOKIE_BYTES: Final = 4000
MARK_SECONDS: Final = 20
MARKS_AT_MOST: Final = 10_000
_FORMAT: Final = 1

THREADS: Final = 16
ASK_SECONDS: Final = 10
T = TypeVar('T')


@dataclass(frozen=True, slots=True)
class LoginSession:
    """A user in a browser, from one time (in seconds since 1970) to another.

    Attributes:
        mark: what stands for the credential that the user had when they logged in.
    """

    identity: Identity
    began: float
    expires: float
    mark: str | None


class CookieTooLarge(DaraError):
    """What is known of a user does not fit into a cookie."""


class Sessions:
    """Begins login sessions, reads them from cookies, and ends them.

    Args:
        auth: what its users' sessions hang on; those of another class of config are not read.
        secret: what cookies are signed with.
        on_end: called with the id of a session that was ended before its time.
        now: the time in seconds since 1970.
        is_embedded: whether the app may be in a frame of another site.
        folder: where ended sessions are remembered; without one, a restart forgets them.
    """

    def __init__(
        self,
        auth: BaseAuthConfig,
        secret: str,
        on_end: Callable[[str], None],
        now: Callable[[], float] = time.time,
        folder: StateFolder | None = None,
        *,
        is_embedded: bool = False,
    ) -> None:
        self._is_embedded = is_embedded
        self._auth = auth
        self._secret = secret.encode()
        self._on_end = on_end
        self._now = now
        self._marks: dict[str, tuple[float, str | None]] = {}  # those of users whose sockets are open, and since when
        self._ended = EndedSessions(auth.lifetime.total_seconds(), now, folder)
        kind = type(auth)
        self._threads = Threads('dara-credential', THREADS)
        self._signer = URLSafeSerializer(
            self._secret,
            salt=f'dara.session.{_FORMAT}.{kind.__module__}.{kind.__qualname__}'.encode(),
            signer_kwargs={'key_derivation': 'hmac', 'digest_method': hashlib.sha256},
        )

    def begin(self, user: UserData) -> LoginSession:
        """Return a session of its own for a user."""
        return self._since(self._now(), Identity(user, secrets.token_urlsafe(24)), self._mark(user))

    def of(self, user: UserData, session: LoginSession) -> LoginSession:
        """Return the session with what is known of its user now."""
        return self._since(session.began, Identity(user, session.identity.session_id), self._mark(user))

    def renewed(self, session: LoginSession) -> LoginSession:
        """Return the session as it goes on from now if half of its time has passed, or else as it is."""
        if self._now() - session.began < self._auth.lifetime.total_seconds() / 2:
            return session
        return self._since(self._now(), session.identity, session.mark)

    def read(self, cookies: str) -> LoginSession | None:
        """Return the session that a `Cookie` header has, unless it is forged, over, or its user has to log in again."""
        return next(filter(None, map(self._session, _tokens(cookies))), None)

    def end(self, session: LoginSession) -> None:
        """End a session before its time: it cannot be used again. `keep_ended` makes that last."""
        session_id = session.identity.session_id
        self._ended.add(session.identity.user.identity_id, session_id)
        self._on_end(session_id)

    async def keep_ended(self) -> None:
        """Return when a restart, or a crash, does not forget what was ended."""
        await self._ended.store()

    async def ask(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a function that asks the auth config: in a thread, and for a time, where that is the app's own code."""
        if is_ours(self._auth.credential) and is_ours(self._auth.guest):
            return function(*arguments)
        async with asyncio.timeout(ASK_SECONDS):
            return await self._threads.run(function, *arguments)

    def is_over(self, session: LoginSession) -> bool:
        """Whether it was ended, or its time is up."""
        user, session_id = session.identity.user.identity_id, session.identity.session_id
        return self._ended.include(user, session_id, session.began) or self._now() >= session.expires

    def is_revoked(self, session: LoginSession) -> bool:
        """Whether its user is gone, or has another credential since. For a while, that is asked once for a user.

        Raises:
            Exception: whatever the auth config raises: that cannot be told now.
        """
        user, now = session.identity.user, self._now()
        asked, current = self._marks.get(user.identity_id, (-math.inf, None))
        if not 0 <= now - asked < MARK_SECONDS:
            current = self._mark(user)
            if len(self._marks) >= MARKS_AT_MOST:
                self._marks.clear()
            self._marks[user.identity_id] = (now, current)
        return not _is_same(current, session.mark)

    def seconds_left(self, session: LoginSession) -> float:
        return max(0.0, session.expires - self._now())

    def cookie(self, session: LoginSession, scope: Scope) -> str:
        """Return the `Set-Cookie` header that keeps a session in the browser.

        Raises:
            CookieTooLarge: the user's data would not be kept by a browser.
        """
        user = session.identity.user
        known = [user.identity_id, user.identity_name, user.identity_email, user.groups]
        token = self._signer.dumps([session.identity.session_id, session.began, session.mark, known])
        if len(token) > COOKIE_BYTES:
            raise CookieTooLarge(
                f'What is known of the user {user.identity_id[:80]!r} takes {len(token)} bytes, and a browser keeps '
                f'{COOKIE_BYTES} in a cookie; return fewer groups or shorter names from {type(self._auth).__name__}'
            )
        return self._set_cookie(str(token), round(self.seconds_left(session)), scope)

    def no_cookie(self, scope: Scope) -> str:
        """Return the `Set-Cookie` header that makes a browser forget its session."""
        return self._set_cookie('', 0, scope)

    def _set_cookie(self, token: str, seconds: int, scope: Scope) -> str:
        path = quote(scope.get('root_path', '')) or '/'
        attributes = [f'{COOKIE}={token}', f'Max-Age={seconds}', f'Path={path}', 'HttpOnly']
        is_secure = scope['scheme'] in ('https', 'wss')
        if self._is_embedded and (is_secure or is_local(scope)):
            # In a frame it is a cookie for frames of that site alone, so that no third site's page can use it.
            return '; '.join([*attributes, 'SameSite=None', 'Secure', 'Partitioned'])
        return '; '.join([*attributes, 'SameSite=Lax', *(['Secure'] if is_secure else [])])

    def _since(self, began: float, identity: Identity, mark: str | None) -> LoginSession:
        return LoginSession(identity, began, began + self._auth.lifetime.total_seconds(), mark)

    def _session(self, token: str) -> LoginSession | None:
        try:
            session_id, began, mark, known = self._signer.loads(token)
        except BadData:
            return None
        user = UserData(*known)
        session = self._since(began, Identity(user, session_id), mark)
        if not _is_same(self._mark(user), mark) or self.is_over(session):
            return None
        return session

    def _mark(self, user: UserData) -> str | None:
        """What stands for the user's credential in the cookie: of no use without the secret."""
        credential = self._auth.credential(user)
        if credential is None:
            return None
        return hmac.new(self._secret, credential.encode('utf-8', 'surrogatepass'), hashlib.sha256).hexdigest()[:32]


def _tokens(cookies: str) -> Iterator[str]:
    """All of that name: an app below another one's path gets the other's cookie, too."""
    for part in cookies.split(';'):
        name, _, value = part.strip().partition('=')
        if name == COOKIE and value:
            yield value


def _is_same(current: str | None, mark: str | None) -> bool:
    """Whether a credential is what it was; there was none where it is `None`, or it is no more."""
    return current is not None and hmac.compare_digest(current, mark or '')
