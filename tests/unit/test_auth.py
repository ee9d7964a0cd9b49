"""Sessions, passwords and the throttle, with a clock that the test moves."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from argon2 import PasswordHasher
from starlette.types import Scope

import dara.core.auth.definitions
import dara.core.auth.utils
from dara.components import Text
from dara.core import ConfigurationBuilder
from dara.core._server.login import safe_redirect
from dara.core._server.sessions import CookieTooLarge, LoginSession, Sessions
from dara.core._server.throttle import FREE_FAILURES, MAX_KEYS, MAX_WAIT_SECONDS, Throttle
from dara.core.auth import (
    BaseAuthConfig,
    BasicAuthConfig,
    DefaultAuthConfig,
    MultiBasicAuthConfig,
    UserData,
    get_user_data,
)
from dara.core.errors import InvalidDefinition

SECRET = 'a secret of some length'
WEEK = 7 * 24 * 3600
USERS = {'ann': 'pw', 'ben': 'other'}
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash('pässword')


class Clock:
    """A clock that the test advances."""

    def __init__(self) -> None:
        self.time = 1_000_000.0

    def __call__(self) -> float:
        return self.time

    def skip_an_hour(self) -> None:
        self.time += 3601


@pytest.fixture
def clock() -> Clock:
    return Clock()


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


@pytest.mark.parametrize('stored', ['pässword', HASH], ids=['plain', 'argon2'])
async def test_a_password_is_right_or_wrong(stored: str) -> None:
    """As it is, or as a hash; the hash itself is no password."""
    auth = MultiBasicAuthConfig(users={'ann': stored, 'ben': 'plain'})
    assert await auth.login('ann', 'pässword') == UserData('ann', 'ann')
    assert await auth.login('ben', 'plain') == UserData('ben', 'ben')
    for name, password in [('ann', 'password'), ('ann', ''), ('ann', HASH), ('ben', 'pässword'), ('eve', 'pässword')]:
        assert await auth.login(name, password) is None
    assert stored not in repr(auth)


async def test_the_time_of_a_check_does_not_tell_who_exists() -> None:
    """With a hash among the passwords, a check without one would be done in no time."""
    costly = PasswordHasher(time_cost=3, memory_cost=16384, parallelism=1).hash('pw')
    auth = MultiBasicAuthConfig(users={'ann': costly, 'ben': 'plain'})
    times = {}
    for name in ('warm up', 'ann', 'ben', 'nobody'):
        start = time.process_time()
        assert await auth.login(name, 'wrong') is None
        times[name] = time.process_time() - start
    assert min(times['ben'], times['nobody']) > times['ann'] / 4


async def test_basic_auth_is_one_user() -> None:
    auth = BasicAuthConfig(username='ann', password='pw')
    assert await auth.login('ann', 'pw') == UserData('ann', 'ann')
    assert await auth.login('pw', 'ann') is None
    assert 'pw' not in repr(auth)


def test_every_guest_is_another() -> None:
    """Nobody can guess the id of one."""
    guests = {DefaultAuthConfig().guest().identity_id for _ in range(1000)}
    assert len(guests) == 1000
    assert all(len(each) >= 20 for each in guests)


@pytest.mark.parametrize(
    ('users', 'complaint'),
    [
        ({}, 'There is no user'),
        ({'': 'pw'}, 'The name of a user is a non-empty string'),
        ({'ann': ''}, "password of 'ann' is empty"),
        ({'ann': None}, "password of 'ann' is empty"),
        ({'ann': '$argon2id$nonsense'}, "password of 'ann' begins like an argon2 hash"),
        ({'ann': '$2b$12$abcdefghijklmnopqrstuv'}, "password of 'ann' looks like a hash"),
    ],
)
def test_users_that_cannot_log_in_are_an_error_at_once(users: Any, complaint: str) -> None:
    """The message says whose password, and not the password."""
    with pytest.raises(InvalidDefinition, match=complaint):
        MultiBasicAuthConfig(users=users)


def test_a_hash_without_the_library_is_an_error_that_says_what_to_install() -> None:
    """In a Python that cannot import it; plain passwords need nothing."""
    code = (
        "import sys; sys.modules['argon2'] = None\n"
        'from dara.core.auth import MultiBasicAuthConfig\n'
        "MultiBasicAuthConfig(users={'ann': 'plain'})\n"
        f"MultiBasicAuthConfig(users={{'ann': {HASH!r}}})"
    )
    run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert "InvalidDefinition: The password of 'ann' is an argon2 hash" in run.stderr
    assert 'pip install "dara-live[argon2]"' in run.stderr


def test_a_config_says_who_somebody_is_in_one_way() -> None:
    """One that overrides nothing would let everybody in, or nobody."""

    class Nothing(BaseAuthConfig):
        pass

    class Both(DefaultAuthConfig):
        async def login(self, name: str, password: str) -> UserData | None:
            return None

    config = ConfigurationBuilder()
    for auth, complaint in [(Nothing(), 'overrides nothing'), (Both(), 'overrides login and guest')]:
        with pytest.raises(InvalidDefinition, match=complaint):
            config.add_auth(auth)
    with pytest.raises(InvalidDefinition, match='lifetime'):
        config.add_auth(DefaultAuthConfig(lifetime=timedelta(0)))


def test_a_page_where_people_log_in_is_an_error() -> None:
    """Nobody could ever see it; an app without a login may have one."""
    config = ConfigurationBuilder()
    config.add_page('Login', content=Text(''))
    config.build()
    config.add_auth(MultiBasicAuthConfig(users=USERS))
    with pytest.raises(InvalidDefinition, match="page 'Login' is at /login, an address of the login"):
        config.build()


def test_after_five_failures_one_waits_longer_every_time(clock: Clock) -> None:
    """For that user from that address; others do not wait."""
    throttle = Throttle(clock)
    for _ in range(FREE_FAILURES):
        assert throttle.attempt('1.2.3.4', 'ann') == 0
    waits = []
    for _ in range(12):
        waits.append(throttle.attempt('1.2.3.4', 'ann'))
        clock.time += waits[-1]
        assert throttle.attempt('1.2.3.4', 'ann') == 0
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, MAX_WAIT_SECONDS, MAX_WAIT_SECONDS]
    assert throttle.attempt('1.2.3.4', 'ann') > 0
    assert throttle.attempt('1.2.3.4', 'ben') == throttle.attempt('1.2.3.5', 'ann') == 0


def test_failures_are_forgotten_after_a_success_and_after_an_hour(clock: Clock) -> None:
    throttle = Throttle(clock)
    for forget in (partial(throttle.succeeded, 'a', 'ann'), clock.skip_an_hour):
        while not throttle.attempt('a', 'ann'):
            pass
        forget()
        assert [throttle.attempt('a', 'ann') for _ in range(FREE_FAILURES)] == [0] * FREE_FAILURES
        throttle.succeeded('a', 'ann')


def test_a_subscriber_with_many_addresses_is_one(clock: Clock) -> None:
    """Whoever has an IPv6 network can take another address for every try."""
    throttle = Throttle(clock)
    waits = [throttle.attempt(f'2001:db8:1:2::{number:x}', 'ann') for number in range(FREE_FAILURES + 1)]
    assert waits[-1] > 0
    assert throttle.attempt('2001:db8:1:3::1', 'ann') == 0


def test_the_memory_of_failures_is_bounded(clock: Clock) -> None:
    """A name may be long."""
    throttle = Throttle(clock)
    for number in range(MAX_KEYS + 100):
        throttle.attempt('a', f'{number}' + 'x' * 1000)
    assert len(throttle._failures) == MAX_KEYS
    assert max(len(name) for _, name in throttle._failures) < 100
    assert len(throttle._sketches) == 1
    for _ in range(5):
        clock.skip_an_hour()
        for number in range(MAX_KEYS + 1):
            throttle.attempt('a', f'{clock.time} {number}')
    assert len(throttle._sketches) <= 2


@pytest.mark.parametrize('each', [1, FREE_FAILURES + 1], ids=['once each', 'until each has to wait'])
@pytest.mark.parametrize('addresses', [1, 500])
def test_tries_for_other_names_make_nobody_forget(clock: Clock, each: int, addresses: int) -> None:
    """Neither for those that have to wait, nor for those with a few failures; and others still need not wait."""
    throttle = Throttle(clock)
    while not throttle.attempt('a', 'ann'):
        pass
    for _ in range(FREE_FAILURES - 1):
        throttle.attempt('a', 'ben')
    for number in range(2 * MAX_KEYS):
        for _ in range(each):
            throttle.attempt(f'{number % addresses}', f'{number}')
    assert throttle.attempt('a', 'ann') > 0
    assert [throttle.attempt('a', 'ben') > 0 for _ in range(2)] == [False, True]
    assert [throttle.attempt('a', f'new {number}') for number in range(100)] == [0] * 100
    clock.time += 2 * 3601
    assert throttle.attempt('a', 'ann') == throttle.attempt('a', 'ben') == 0


def test_guesses_between_floods_of_other_names_have_to_wait_all_the_same(clock: Clock) -> None:
    """Five guesses, ten thousand tries for others, and so on: no more than five go through."""
    throttle = Throttle(clock)
    guesses = 0
    for flood in range(5):
        guesses += [throttle.attempt('a', 'ann') for _ in range(FREE_FAILURES)].count(0)
        for number in range(MAX_KEYS):
            throttle.attempt('a', f'{flood} {number}')
    assert guesses == FREE_FAILURES


def test_a_success_counts_although_others_have_filled_the_memory(clock: Clock) -> None:
    throttle = Throttle(clock)
    for _ in range(FREE_FAILURES - 1):
        throttle.attempt('a', 'ann')
    for number in range(MAX_KEYS):
        throttle.attempt('a', f'{number}')
    throttle.attempt('a', 'ann')
    throttle.succeeded('a', 'ann')
    assert [throttle.attempt('a', 'ann') for _ in range(FREE_FAILURES)] == [0] * FREE_FAILURES


def test_a_try_that_nobody_looked_at_does_not_count(clock: Clock) -> None:
    throttle = Throttle(clock)
    for _ in range(100):
        assert throttle.attempt('a', 'ann') == 0
        throttle.take_back('a', 'ann')


@pytest.mark.parametrize(
    ('to', 'address'),
    [
        ('/notes/42?a=1&b=//c', '/notes/42?a=1&b=//c'),
        ('/', '/'),
        ('/?a=1', '/?a=1'),
        ('', '/'),
        ('notes', '/'),
        ('//evil.example', '/'),
        ('/\\evil.example', '/'),
        ('\\\\evil.example', '/'),
        ('/\t/evil.example', '/'),
        ('/\n/evil.example', '/'),
        ('https://evil.example', '/'),
        ('https:evil.example', '/'),
        ('javascript:alert(1)', '/'),
        (' //evil.example', '/'),
        ('/a/../b', '/'),
        ('/%2e%2E/b', '/'),
        ('/logout', '/'),
        ('/logout/', '/'),
        ('/%6cogin?next=/x', '/'),
        ('/🦊', '/🦊'),
    ],
)
def test_after_the_login_one_is_on_a_page_of_this_app(to: str, address: str) -> None:
    """Never on another site, nor logged out again."""
    assert safe_redirect(to, '') == address


@pytest.mark.parametrize(
    ('to', 'address'),
    [
        ('/app/notes?a=1', '/app/notes?a=1'),
        ('/app', '/app/'),
        ('/app?a=1', '/app/?a=1'),
        ('/notes', '/app/notes'),
        ('/apple', '/app/apple'),
        ('/app//evil.example', '/app/'),
        ('/app/../other', '/app/'),
        ('/app/logout', '/app/'),
        ('//evil.example', '/app/'),
    ],
)
def test_after_the_login_one_is_below_the_base_of_the_app(to: str, address: str) -> None:
    """Other apps may be beside it."""
    assert safe_redirect(to, '/app') == address


def test_the_documented_places_to_import_from_are_the_same() -> None:
    assert dara.core.auth.utils.get_user_data is get_user_data
    assert dara.core.auth.definitions.UserData is UserData
