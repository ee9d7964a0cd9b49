"""Tests of sessions in cookies, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from starlette.types import Scope

from dara.core._server.sessions import CookieTooLarge, LoginSession, Sessions
from dara.core.auth import (
    BaseAuthConfig,
    DefaultAuthConfig,
    MultiBasicAuthConfig,
    UserData,
)
from tests.unit.auth.conftest import Clock

SECRET = 'a secret of some length'
WEEK = 7 * 24 * 3600
USERS = {'ann': 'pw', 'ben': 'other'}
Make = Callable[..., Sessions]


@pytest.fixture
def make(clock: Clock) -> Make:
    """A factory of sessions, as after a restart of the server."""

    def sessions(auth: BaseAuthConfig | None = None, secret: str = SECRET) -> Sessions:
        return Sessions(auth or MultiBasicAuthConfig(users=USERS), secret, lambda _: None, clock)

    return sessions


def scope(root_path: str = '', scheme: str = 'http') -> Scope:
    return {'type': 'http', 'root_path': root_path, 'scheme': scheme}


def header(sessions: Sessions, session: LoginSession) -> str:
    """Return the `Cookie` header of a session."""
    return sessions.cookie(session, scope()).partition(';')[0]


@pytest.mark.parametrize('name', ['ann', 'global', 'a/b', '🦊', 'ann; Path=/', '"', ' '])
def test_a_session_is_read_from_its_cookie_for_any_name(make: Make, name: str) -> None:
    """Another process with the same secret can read it."""
    auth = MultiBasicAuthConfig(users={name: 'pw'})
    session = make(auth).begin(UserData(name, name, 'a@b.c', ['staff']))
    cookie = header(make(auth), session)
    assert make(auth).read(f'theme=dark; {cookie}; other=1') == session
    assert make(auth).read('') is None


def test_a_cookie_is_for_this_app_only_and_hidden_from_scripts(make: Make) -> None:
    """It is `Secure` if the request was."""
    sessions = make()
    session = sessions.begin(UserData('ann', 'ann'))
    assert sessions.cookie(session, scope()).endswith(f'; Max-Age={WEEK}; Path=/; HttpOnly; SameSite=Lax')
    cookie = sessions.cookie(session, scope('/my notes', 'https'))
    assert cookie.endswith('; Path=/my%20notes; HttpOnly; SameSite=Lax; Secure')


def test_a_forged_cookie_is_ignored(make: Make) -> None:
    """It names another user, has another secret, or is cut off."""
    sessions = make()
    cookie, of_ben = (header(sessions, sessions.begin(UserData(name, name))) for name in ('ann', 'ben'))
    name, _, token = cookie.partition('=')
    payload, _, signature = token.rpartition('.')
    as_ben = of_ben.partition('=')[2].rpartition('.')[0]
    assert sessions.read(cookie)
    for forged in (f'{as_ben}.{signature}', f'{payload}.', payload, token[:-2], '', 'é', '.', f'.{signature}'):
        assert sessions.read(f'{name}={forged}') is None
    assert make(secret='another secret of some length').read(cookie) is None


def test_a_session_belongs_to_one_kind_of_config(make: Make) -> None:
    """A guest does not become a user when the app gets a login."""

    class Guests(DefaultAuthConfig):
        pass

    class Directory(BaseAuthConfig):
        async def login(self, name: str, password: str) -> UserData | None:
            return None

    guests = make(Guests())
    cookie = header(guests, guests.begin(Guests().guest()))
    assert guests.read(cookie)
    assert make(Directory()).read(cookie) is None


def test_a_session_expires_unless_it_is_used(make: Make, clock: Clock) -> None:
    """It is renewed after half of its lifetime, and keeps its id."""
    sessions = make()
    first = sessions.begin(UserData('ann', 'ann'))
    clock.time += WEEK / 2 - 1
    assert sessions.renewed(first) == first
    clock.time += 1
    second = sessions.renewed(first)
    assert second.identity == first.identity
    assert second.expires == first.expires + WEEK / 2
    clock.time = first.expires
    assert sessions.read(header(sessions, first)) is None
    assert sessions.read(header(sessions, second)) == second


def test_the_config_sets_the_lifetime(make: Make, clock: Clock) -> None:
    """A shorter lifetime also applies to sessions that exist."""
    sessions = make()
    cookie = header(sessions, sessions.begin(UserData('ann', 'ann')))
    clock.time += 61
    assert make(MultiBasicAuthConfig(users=USERS, lifetime=timedelta(minutes=1))).read(cookie) is None


@pytest.mark.parametrize('users', [{'ben': 'other'}, {'ann': 'changed'}], ids=['removed', 'another password'])
def test_a_removed_user_or_one_with_a_new_password_has_to_log_in(make: Make, users: dict[str, str]) -> None:
    """After a restart with the same secret."""
    sessions = make()
    cookie = header(sessions, sessions.begin(UserData('ann', 'ann')))
    assert make(MultiBasicAuthConfig(users=users)).read(cookie) is None
    assert make(MultiBasicAuthConfig(users=USERS | {'new': 'user'})).read(cookie)


def test_a_session_that_was_ended_cannot_be_used_again(make: Make, clock: Clock) -> None:
    """It is remembered until its cookie expires, however often another user logs in and out."""
    ended: list[str] = []
    sessions = Sessions(MultiBasicAuthConfig(users=USERS), SECRET, ended.append, clock)
    session = sessions.begin(UserData('ann', 'ann'))
    sessions.end(session)
    assert ended == [session.identity.session_id]
    assert sessions.read(header(sessions, session)) is None
    first = sessions.begin(UserData('ben', 'ben'))
    sessions.end(first)
    for _ in range(20_000):
        clock.time += 0.001
        sessions.end(sessions.begin(UserData('ben', 'ben')))
    assert len(sessions._ended['ben']) <= 10_000
    assert sessions.read(header(sessions, session)) is None
    assert sessions.read(header(sessions, first)) is None
    assert sessions.read(header(sessions, sessions.begin(UserData('ben', 'ben'))))


def test_of_the_cookies_of_two_apps_the_right_one_is_found(make: Make) -> None:
    """The path of one app is below that of the other, so a browser sends both cookies."""
    other, ours = make(secret='the secret of the other'), make()
    session = ours.begin(UserData('ann', 'ann'))
    foreign = header(other, other.begin(UserData('ann', 'ann')))
    assert ours.read(f'{foreign}; {header(ours, session)}') == session
    assert ours.read(f'{header(ours, session)}; {foreign}') == session


def test_a_user_with_too_much_data_is_an_error(make: Make) -> None:
    """A browser would silently drop the cookie."""
    sessions = make()
    groups = [f'{number:x}' * 9 for number in range(10_000)]
    with pytest.raises(CookieTooLarge, match="user 'ann' takes"):
        sessions.cookie(sessions.begin(UserData('ann', 'ann', groups=groups)), scope())
