"""Tests of settings: those that do not exist raise at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from dara.components import Text
from dara.core import ConfigurationBuilder, DerivedVariable, Variable
from dara.core.asgi import create_app
from dara.core.auth import BaseAuthConfig, BasicAuthConfig, MultiBasicAuthConfig, UserData
from dara.core.errors import InvalidDefinition
from dara.core.persistence import BackendStore, FileBackend, InMemoryBackend
from dara.core.router import PageRoute


def an_app() -> ConfigurationBuilder:
    config = ConfigurationBuilder()
    config.add_page('Home', content=Text('the secret'), route='/')
    return config


async def test_an_assigned_auth_config_protects_the_app() -> None:
    """`config.auth_config = ...` is `config.add_auth(...)`."""
    config = an_app()
    config.auth_config = BasicAuthConfig(username='ann', password='secret')
    assert config.auth_config is config.build().auth
    transport = httpx.ASGITransport(create_app(config))
    async with httpx.AsyncClient(transport=transport, base_url='http://test') as client:
        answer = await client.get('/', headers={'accept': 'text/html'})
        assert (answer.status_code, answer.headers['location']) == (303, '/login?next=/')
        assert 'the secret' not in answer.text
        assert (await client.post('/login', data={'name': 'ann', 'password': 'secret'})).status_code == 303
        assert 'the secret' in (await client.get('/', headers={'accept': 'text/html'})).text


@pytest.mark.parametrize('wrong', [BasicAuthConfig, None, 'basic', {'ann': 'secret'}])
def test_only_an_object_of_an_auth_config_is_accepted(wrong: Any) -> None:
    """A class is not; the message does not contain a password."""
    config = an_app()
    with pytest.raises(InvalidDefinition, match='takes a BaseAuthConfig') as raised:
        config.auth_config = wrong
    assert 'secret' not in str(raised.value)


def test_an_assigned_theme_is_used() -> None:
    config = an_app()
    config.theme = 'dark'
    assert config.build().theme == config.theme == 'dark'
    with pytest.raises(InvalidDefinition, match='set_theme takes'):
        config.theme = 'darkk'  # type: ignore[assignment]


NAMED = BasicAuthConfig(username='ann', password='secret')
STORE = BackendStore()


@pytest.mark.parametrize(
    ('owner', 'name', 'advice'),
    [
        (ConfigurationBuilder(), 'titel', "Did you mean 'title'"),
        (ConfigurationBuilder(), 'auth_cfg', "Did you mean 'auth_config'"),
        (ConfigurationBuilder(), 'live_reloda', "Did you mean 'live_reload'"),
        (ConfigurationBuilder(), 'qqq', 'It has: auth_config, backend, brand, router, .*, threads, title, width'),
        (ConfigurationBuilder(), 'add_auth', r'is a method, to be called: add_auth\('),
        (ConfigurationBuilder().router, 'defalt_path', "Did you mean 'default_path'"),
        (ConfigurationBuilder().router, 'default', "Did you mean 'default_path'"),
        (PageRoute(path='a', content=Text('')), 'contents', "Did you mean 'content'"),
        (NAMED, 'pasword', "Did you mean 'password'"),
        (MultiBasicAuthConfig(users={'ann': 'pw'}), 'lifetme', "Did you mean 'lifetime'"),
        (STORE, 'readony', "Did you mean 'readonly'"),
        (STORE, 'can_read', r'is a constructor argument: BackendStore\(can_read=...\)'),
        (STORE, 'uid', r'BackendStore.uid is a constructor argument'),
        (Variable(), 'defualt', "Did you mean 'default'"),
        (DerivedVariable(lambda: 1, []), 'polling_intervall', "Did you mean 'polling_interval'"),
    ],
)
def test_an_unknown_attribute_is_an_error(owner: Any, name: str, advice: str) -> None:
    with pytest.raises(InvalidDefinition, match=advice):
        setattr(owner, name, None)
    assert getattr(owner, name, None) is not None or not hasattr(owner, name)


@pytest.mark.parametrize(
    ('name', 'value', 'nothing', 'advice'),
    [
        ('auth_session_backend', object(), None, 'DARA_SECRET'),
        ('template_extra_js', '<script></script>', '', 'scripts of your own'),
        ('scheduled_jobs', [print], [], 'on_startup'),
    ],
)
def test_documented_settings_without_a_counterpart_raise(name: str, value: Any, nothing: Any, advice: str) -> None:
    """A value that asks for the only behaviour is accepted."""
    config = an_app()
    with pytest.raises(InvalidDefinition, match=f'config.{name} is not supported: .*{advice}'):
        setattr(config, name, value)
    setattr(config, name, nothing)


@pytest.mark.parametrize(
    ('name', 'value', 'advice'),
    [
        ('live_reload', True, 'dara start --reload'),
        ('static_files_dir', 'dist', 'add_static_folder'),
        ('enable_devtools', True, 'no devtools'),
        ('powered_by_causalens', True, 'no such mark'),
    ],
)
def test_documented_settings_that_an_app_does_not_need_have_no_effect(
    name: str, value: Any, advice: str, caplog: pytest.LogCaptureFixture
) -> None:
    setattr(an_app(), name, value)
    assert re.search(f'config.{name} has no effect: .*{advice}', caplog.text)


@pytest.mark.parametrize(
    'make',
    [
        lambda: InMemoryBackend(dat={}),  # type: ignore[call-arg]
        lambda: FileBackend(path='notes.json', pth='other.json'),  # type: ignore[call-arg]
        lambda: FileBackend(pth='notes.json'),  # type: ignore[call-arg]
        lambda: InMemoryBackend(data={'global': object()}),
    ],
)
def test_an_unknown_argument_of_a_backend_is_an_error(make: Callable[[], Any]) -> None:
    with pytest.raises(InvalidDefinition, match=r'^(InMemory|File)Backend: (dat|pth|path|data): '):
        make()


async def test_values_may_be_in_memory_from_the_start(tmp_path: Path) -> None:
    store = BackendStore(InMemoryBackend(data={'global': ('a', 'b')}))
    assert await store.read() == ['a', 'b']
    await store.write(1)
    assert store.backend.data == {'global': 1}  # type: ignore[attr-defined]


def test_a_custom_auth_config_may_have_attributes() -> None:
    class ByDirectory(BaseAuthConfig):
        def __init__(self, address: str) -> None:
            self.address = address

        async def login(self, name: str, password: str) -> UserData | None:
            return None

    config = an_app()
    config.add_auth(ByDirectory('ldap://directory'))
    assert config.build().auth.address == 'ldap://directory'  # type: ignore[attr-defined]


@pytest.mark.parametrize('wrong', ['intranet.example', 'https://a.example/path', '*', "https://a'b", 'data:', '', 3])
def test_only_origins_may_embed_an_app(wrong: Any) -> None:
    """Nothing else gets into the header of the policy."""
    config = an_app()
    with pytest.raises(InvalidDefinition, match='allow_embedding takes origins'):
        config.allow_embedding('https://fine.example', wrong)
    assert config.build().embedders == ()
    with pytest.raises(InvalidDefinition, match='allow_embedding takes the origins'):
        config.allow_embedding()


@pytest.mark.parametrize('embedders', [(), ('https://intranet.example', 'https://*.example:8443/')])
async def test_only_allowed_origins_can_frame_pages(embedders: tuple[str, ...]) -> None:
    """So is the login page; only then the cookie is sent into a frame, and only by https."""
    config = an_app()
    config.add_auth(BasicAuthConfig(username='ann', password='secret'))
    if embedders:
        config.allow_embedding(*embedders)
    app = create_app(config)
    named = ' https://intranet.example https://*.example:8443' if embedders else ''
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url='https://app.example') as client:
        login = await client.get('/login')
        assert f'frame-ancestors{named or " " + chr(39) + "none" + chr(39)}' in login.headers['content-security-policy']
        entered = await client.post('/login', data={'name': 'ann', 'password': 'secret'})
        of_whom = 'SameSite=None; Secure; Partitioned' if embedders else 'SameSite=Lax; Secure'
        assert entered.headers['set-cookie'].endswith(f'; HttpOnly; {of_whom}')
        for address in ('/', '/nowhere'):
            policy = (await client.get(address)).headers['content-security-policy']
            assert f"frame-ancestors 'self'{named};" in policy
        for headers in ({'origin': 'https://evil.example'}, {'origin': 'https://intranet.example'}):
            assert (await client.post('/', headers=headers)).status_code == 403
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url='http://app.example') as client:
        entered = await client.post('/login', data={'name': 'ann', 'password': 'secret'})
        assert entered.headers['set-cookie'].endswith('; HttpOnly; SameSite=Lax')
