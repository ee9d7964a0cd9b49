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
def test_a_session_is_read_from_its_cookie_whatever_the_user_is_called(make: Make, name: str) -> None:
    """Also by another process with the same secret."""
    auth = MultiBasicAuthConfig(users={name: 'pw'})
    session = make(auth).begin(UserData(name, name, 'a@b.c', ['staff']))
    cookie = header(make(auth), session)
    assert make(auth).read(f'theme=dark; {cookie}; other=1') == session
    assert make(auth).read('') is None


def test_a_cookie_is_for_this_app_only_and_scripts_cannot_read_it(make: Make) -> None:
    """`Secure` where the browser came by https."""
    sessions = make()
    session = sessions.begin(UserData('ann', 'ann'))
    assert sessions.cookie(session, scope()).endswith(f'; Max-Age={WEEK}; Path=/; HttpOnly; SameSite=Lax')
    cookie = sessions.cookie(session, scope('/my notes', 'https'))
    assert cookie.endswith('; Path=/my%20notes; HttpOnly; SameSite=Lax; Secure')


def test_a_forged_cookie_is_nobody(make: Make) -> None:
    """Neither with another user in it, nor signed with another secret, nor cut."""
    sessions = make()
    cookie, of_ben = (header(sessions, sessions.begin(UserData(name, name))) for name in ('ann', 'ben'))
    name, _, token = cookie.partition('=')
    payload, _, signature = token.rpartition('.')
    as_ben = of_ben.partition('=')[2].rpartition('.')[0]
    assert sessions.read(cookie)
    for forged in (f'{as_ben}.{signature}', f'{payload}.', payload, token[:-2], '', 'é', '.', f'.{signature}'):
        assert sessions.read(f'{name}={forged}') is None
    assert make(secret='another secret of some length').read(cookie) is None


def test_a_session_of_one_kind_of_config_is_none_of_another(make: Make) -> None:
    """A guest from before there was a login does not become a user."""

    class Guests(DefaultAuthConfig):
        pass

    class Directory(BaseAuthConfig):
        async def login(self, name: str, password: str) -> UserData | None:
            return None

    guests = make(Guests())
    cookie = header(guests, guests.begin(Guests().guest()))
    assert guests.read(cookie)
    assert make(Directory()).read(cookie) is None


def test_a_session_ends_after_its_time_and_one_that_is_used_goes_on(make: Make, clock: Clock) -> None:
    """It is renewed when half of its time has passed, and keeps its id."""
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


def test_the_lifetime_is_up_to_the_config(make: Make, clock: Clock) -> None:
    """Made shorter, it also holds for sessions that there are."""
    sessions = make()
    cookie = header(sessions, sessions.begin(UserData('ann', 'ann')))
    clock.time += 61
    assert make(MultiBasicAuthConfig(users=USERS, lifetime=timedelta(minutes=1))).read(cookie) is None


@pytest.mark.parametrize('users', [{'ben': 'other'}, {'ann': 'changed'}], ids=['removed', 'another password'])
def test_a_user_who_is_gone_or_has_another_password_has_to_log_in(make: Make, users: dict[str, str]) -> None:
    """After a restart with the same secret."""
    sessions = make()
    cookie = header(sessions, sessions.begin(UserData('ann', 'ann')))
    assert make(MultiBasicAuthConfig(users=users)).read(cookie) is None
    assert make(MultiBasicAuthConfig(users=USERS | {'new': 'user'})).read(cookie)


def test_a_session_that_was_ended_cannot_be_used_again(make: Make, clock: Clock) -> None:
    """It is remembered as long as its cookie could be good, however often another user logs in and out."""
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


def test_below_the_path_of_another_app_the_right_cookie_is_found(make: Make) -> None:
    """A browser sends the cookies of both, under one name."""
    other, ours = make(secret='the secret of the other'), make()
    session = ours.begin(UserData('ann', 'ann'))
    foreign = header(other, other.begin(UserData('ann', 'ann')))
    assert ours.read(f'{foreign}; {header(ours, session)}') == session
    assert ours.read(f'{header(ours, session)}; {foreign}') == session


def test_a_user_of_whom_too_much_is_known_is_an_error(make: Make) -> None:
    """A browser would drop the cookie without a word."""
    sessions = make()
    groups = [f'{number:x}' * 9 for number in range(10_000)]
    with pytest.raises(CookieTooLarge, match="user 'ann' takes"):
        sessions.cookie(sessions.begin(UserData('ann', 'ann', groups=groups)), scope())
