"""Tests of auth configs: passwords, guests, the messages about mistakes, and the page after the login."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher

import dara.core.auth.definitions
import dara.core.auth.utils
from dara.components import Text
from dara.core import ConfigurationBuilder
from dara.core._server.login import safe_redirect
from dara.core.auth import (
    BaseAuthConfig,
    BasicAuthConfig,
    DefaultAuthConfig,
    MultiBasicAuthConfig,
    UserData,
    get_user_data,
)
from dara.core.errors import InvalidDefinition

HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash('pässword')


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
    config.add_auth(MultiBasicAuthConfig(users={'ann': 'pw'}))
    with pytest.raises(InvalidDefinition, match="page 'Login' is at /login, an address of the login"):
        config.build()


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
