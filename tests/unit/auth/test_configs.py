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
    """It may be stored as a hash; the hash itself is no password."""
    auth = MultiBasicAuthConfig(users={'ann': stored, 'ben': 'plain'})
    assert await auth.login('ann', 'pässword') == UserData('ann', 'ann')
    assert await auth.login('ben', 'plain') == UserData('ben', 'ben')
    for name, password in [('ann', 'password'), ('ann', ''), ('ann', HASH), ('ben', 'pässword'), ('eve', 'pässword')]:
        assert await auth.login(name, password) is None
    assert stored not in repr(auth)


async def test_the_time_of_a_check_does_not_reveal_whether_a_user_exists() -> None:
    """Every check computes a hash if any password is hashed."""
    costly = PasswordHasher(time_cost=3, memory_cost=16384, parallelism=1).hash('pw')
    auth = MultiBasicAuthConfig(users={'ann': costly, 'ben': 'plain'})
    times = {}
    for name in ('warm up', 'ann', 'ben', 'nobody'):
        start = time.process_time()
        assert await auth.login(name, 'wrong') is None
        times[name] = time.process_time() - start
    assert min(times['ben'], times['nobody']) > times['ann'] / 4


async def test_basic_auth_has_one_user() -> None:
    auth = BasicAuthConfig(username='ann', password='pw')
    assert await auth.login('ann', 'pw') == UserData('ann', 'ann')
    assert await auth.login('pw', 'ann') is None
    assert 'pw' not in repr(auth)


def test_every_guest_is_a_new_user() -> None:
    """The id of a guest cannot be guessed."""
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
def test_invalid_users_are_an_error_at_once(users: Any, complaint: str) -> None:
    """The message contains the name of the user, and not the password."""
    with pytest.raises(InvalidDefinition, match=complaint):
        MultiBasicAuthConfig(users=users)


def test_a_hash_without_argon2_is_an_error_that_names_the_package() -> None:
    """Plain passwords do not need the package."""
    code = (
        "import sys; sys.modules['argon2'] = None\n"
        'from dara.core.auth import MultiBasicAuthConfig\n'
        "MultiBasicAuthConfig(users={'ann': 'plain'})\n"
        f"MultiBasicAuthConfig(users={{'ann': {HASH!r}}})"
    )
    run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert "InvalidDefinition: The password of 'ann' is an argon2 hash" in run.stderr
    assert 'pip install "dara-live[argon2]"' in run.stderr


def test_a_config_identifies_users_in_one_way() -> None:
    """It overrides exactly one method."""

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


def test_a_page_at_the_address_of_the_login_is_an_error() -> None:
    """Nobody could ever see it; without a login, an app may have such a page."""
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
def test_the_login_leads_to_a_page_of_this_app(to: str, address: str) -> None:
    """It never leads to another site or to the logout."""
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
def test_the_login_leads_to_a_page_below_the_base_of_the_app(to: str, address: str) -> None:
    """The host may serve other apps."""
    assert safe_redirect(to, '/app') == address


def test_all_documented_imports_are_the_same_objects() -> None:
    assert dara.core.auth.utils.get_user_data is get_user_data
    assert dara.core.auth.definitions.UserData is UserData
