"""Login sessions, kept by browsers in signed cookies."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import math
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote

from itsdangerous import BadData, URLSafeSerializer
from starlette.types import Scope

from dara.core._app_code import is_ours
from dara.core._context import Identity, UserData
from dara.core._json import Json, to_json
from dara.core._server.ended import EndedSessions
from dara.core._server.origin import is_local
from dara.core._server.state import StateFolder
from dara.core._threads import RESERVED, Threads
from dara.core.auth import BaseAuthConfig
from dara.core.errors import DaraError

if TYPE_CHECKING:
    from dara.core._server.own_records import OwnRecords
    from dara.core._server.shared_ends import SharedEnds

COOKIE: Final = 'dara_session'
COOKIE_BYTES: Final = 4000
FINGERPRINT_SECONDS: Final = 20
MAX_FINGERPRINTS: Final = 10_000
_FORMAT: Final = 1
FIELDS: Final = 4

THREADS: Final = 16
AUTH_SECONDS: Final = 10
T = TypeVar('T')


@dataclass(frozen=True, slots=True)
class LoginSession:
    """A session of a user in a browser.

    Attributes:
        began: the time of its beginning or last renewal, in seconds since 1970.
        expires: the time of its end, in seconds since 1970.
        fingerprint: the fingerprint of the user's credential at that time; `None` if the user had none.
    """

    identity: Identity
    began: float
    expires: float
    fingerprint: str | None


class CookieTooLarge(DaraError):
    """The data of a user does not fit into a cookie."""


class Sessions:
    """The login sessions of one app.

    Args:
        auth: provides the users' credentials. Cookies of another class of config are invalid.
        secret: the key of the cookies' signatures.
        on_end: called with the id of each session that is ended before it expires.
        now: returns the time in seconds since 1970.
        is_embedded: whether the app may be in a frame of another site.
        folder: stores the ended sessions; without it, they are valid again after a restart.
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
        self._fingerprints: dict[str, tuple[float, str | None]] = {}  # by user, with their times
        self._ended = EndedSessions(auth.lifetime.total_seconds(), now, folder)
        self._shared: SharedEnds | None = None
        self._unshared: list[tuple[str, str, float]] = []  # ended sessions, with their times, until `store_ended`
        kind = type(auth)
        self._threads = Threads('dara-credential', THREADS, RESERVED)
        self._signer = URLSafeSerializer(
            self._secret,
            salt=f'dara.session.{_FORMAT}.{kind.__module__}.{kind.__qualname__}'.encode(),
            signer_kwargs={'key_derivation': 'hmac', 'digest_method': hashlib.sha256},
        )

    def begin(self, user: UserData) -> LoginSession:
        """Return a new session of a user."""
        return self._since(self._now(), Identity(user, secrets.token_urlsafe(24)), self._fingerprint(user))

    def updated(self, session: LoginSession, user: UserData) -> LoginSession:
        """Return the session with the present data of its user."""
        return self._since(session.began, Identity(user, session.identity.session_id), self._fingerprint(user))

    def renewed(self, session: LoginSession) -> LoginSession:
        """Return the session, with a new lifetime if half of the lifetime has passed."""
        if self._now() - session.began < self._auth.lifetime.total_seconds() / 2:
            return session
        return self._since(self._now(), session.identity, session.fingerprint)

    def read(self, cookies: str) -> LoginSession | None:
        """Return the valid session in a `Cookie` header: not forged, ended or expired, with an unchanged credential."""
        return next(filter(self._is_valid, self._signed(cookies)), None)

    def end(self, session: LoginSession) -> None:
        """End a session before it expires. `store_ended` makes that durable."""
        user, session_id = session.identity.user.identity_id, session.identity.session_id
        self._ended.add(user, session_id)
        self._unshared.append((user, session_id, self._now()))
        self._on_end(session_id)

    async def store_ended(self) -> None:
        """Store the ended sessions, so that neither a restart nor another server makes them valid again."""
        ends, self._unshared = self._unshared, []
        await self._ended.store()
        if self._shared:
            for end in ends:
                await self._shared.add(*end)

    @asynccontextmanager
    async def shared_through(self, own: OwnRecords) -> AsyncIterator[None]:
        """Share the ended sessions with the other servers of the app."""
        if self._auth._identification == 'guest':
            yield
            return
        from dara.core._server.shared_ends import SharedEnds  # loaded when used

        shared = SharedEnds(own, self._auth.lifetime.total_seconds(), self._now, self._ended.by_user())
        shared.start()
        self._shared = shared
        try:
            yield
        finally:
            self._shared = None
            shared.stop()

    async def refresh(self, cookies: str) -> None:
        """Take into account which sessions of the users in a `Cookie` header other servers have ended."""
        self.refresh_here()
        if self._shared:
            for user in {session.identity.user.identity_id for session in self._signed(cookies)}:
                await self._shared.refresh(user)

    def refresh_here(self) -> None:
        """Take into account which sessions other processes on this machine have ended."""
        self._ended.refresh()

    def follow(self, session: LoginSession) -> Callable[[], None]:
        """Have `is_over` know at once when another server ends the session; return a function that ends that."""
        return self._shared.follow(session.identity.user.identity_id) if self._shared else lambda: None

    async def call_auth(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a method of these sessions that uses the auth config: in a thread, if the config is the app's own code.

        Raises:
            TimeoutError: the app's code took too long.
        """
        if is_ours(self._auth.credential) and is_ours(self._auth.guest):
            return function(*arguments)
        async with asyncio.timeout(AUTH_SECONDS):
            return await self._threads.run(function, *arguments)

    def is_over(self, session: LoginSession) -> bool:
        """Return whether the session was ended, or has expired."""
        user, session_id = session.identity.user.identity_id, session.identity.session_id
        is_ended_elsewhere = self._shared is not None and self._shared.include(user, session_id, session.began)
        is_ended = is_ended_elsewhere or self._ended.include(user, session_id, session.began)
        return is_ended or self._now() >= session.expires

    def is_revoked(self, session: LoginSession) -> bool:
        """Return whether the session's user was removed, or has a new credential. Answers are reused for 20 s.

        Raises:
            Exception: the auth config's error; the answer is unknown then.
        """
        user, now = session.identity.user, self._now()
        at, current = self._fingerprints.get(user.identity_id, (-math.inf, None))
        if not 0 <= now - at < FINGERPRINT_SECONDS:
            current = self._fingerprint(user)
            if len(self._fingerprints) >= MAX_FINGERPRINTS:
                self._fingerprints.clear()
            self._fingerprints[user.identity_id] = (now, current)
        return not _is_same(current, session.fingerprint)

    def seconds_left(self, session: LoginSession) -> float:
        return max(0.0, session.expires - self._now())

    def cookie(self, session: LoginSession, scope: Scope) -> str:
        """Return the `Set-Cookie` header that stores a session in the browser.

        Raises:
            CookieTooLarge: browsers would not accept a cookie of that size.
            NotJson: an extra field of the user is not JSON.
        """
        user = session.identity.user
        data = [user.identity_id, user.identity_name, user.identity_email, user.groups, *_extra(user)]
        token = self._signer.dumps([session.identity.session_id, session.began, session.fingerprint, data])
        if len(token) > COOKIE_BYTES:
            raise CookieTooLarge(
                f'The data of the user {user.identity_id[:80]!r} takes {len(token)} bytes, and browsers store '
                f'{COOKIE_BYTES} in a cookie; return fewer groups, less extra data or shorter names from '
                f'{type(self._auth).__name__}'
            )
        return self._set_cookie(str(token), round(self.seconds_left(session)), scope)

    def expired_cookie(self, scope: Scope) -> str:
        """Return the `Set-Cookie` header that removes the session from the browser."""
        return self._set_cookie('', 0, scope)

    def _set_cookie(self, token: str, seconds: int, scope: Scope) -> str:
        path = quote(scope.get('root_path', '')) or '/'
        attributes = [f'{COOKIE}={token}', f'Max-Age={seconds}', f'Path={path}', 'HttpOnly']
        is_secure = scope['scheme'] in ('https', 'wss')
        if self._is_embedded and (is_secure or is_local(scope)):
            # Partitioned: only frames in pages of the same site send the cookie.
            return '; '.join([*attributes, 'SameSite=None', 'Secure', 'Partitioned'])
        return '; '.join([*attributes, 'SameSite=Lax', *(['Secure'] if is_secure else [])])

    def _since(self, began: float, identity: Identity, fingerprint: str | None) -> LoginSession:
        return LoginSession(identity, began, began + self._auth.lifetime.total_seconds(), fingerprint)

    def _signed(self, cookies: str) -> Iterator[LoginSession]:
        """Yield the sessions in a `Cookie` header that are not forged."""
        for token in _tokens(cookies):
            with suppress(BadData):
                session_id, began, fingerprint, data = self._signer.loads(token)
                *fields, extra = data if len(data) > FIELDS else [*data, {}]
                yield self._since(began, Identity(UserData(*fields, **extra), session_id), fingerprint)

    def _is_valid(self, session: LoginSession) -> bool:
        is_unchanged = _is_same(self._fingerprint(session.identity.user), session.fingerprint)
        return is_unchanged and not self.is_over(session)

    def _fingerprint(self, user: UserData) -> str | None:
        """Return a keyed hash of the user's credential, which reveals nothing without the secret."""
        credential = self._auth.credential(user)
        if credential is None:
            return None
        return hmac.new(self._secret, credential.encode('utf-8', 'surrogatepass'), hashlib.sha256).hexdigest()[:32]


def _extra(user: UserData) -> list[Json]:
    """Return the extra data of a user, if there is any."""
    return [to_json(user.model_extra)] if user.model_extra else []


def _tokens(cookies: str) -> Iterator[str]:
    """Yield the values of all session cookies: an app below the path of another app gets both cookies."""
    for part in cookies.split(';'):
        name, _, value = part.strip().partition('=')
        if name == COOKIE and value:
            yield value


def _is_same(current: str | None, fingerprint: str | None) -> bool:
    """Return whether the user has a credential, and it has that fingerprint."""
    return current is not None and hmac.compare_digest(current, fingerprint or '')
