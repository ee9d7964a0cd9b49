"""Users and auth configs, called as documented."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from dara.components import Text
from dara.core import ConfigurationBuilder, Variable
from dara.core._context import Identity, running_for
from dara.core.asgi import create_app
from dara.core.auth import ID_TOKEN, SESSION_ID, USER, BasicAuthConfig, MultiBasicAuthConfig, UserData, get_user_data
from dara.core.auth.config import BaseAuthConfig
from dara.core.auth.definitions import ID_TOKEN as ID_TOKEN_OF_DEFINITIONS
from dara.core.errors import InvalidDefinition, NoUserInContext
from dara.core.http import Endpoint, get
from dara.core.persistence import BackendStore

ANN = UserData(identity_id='ann', identity_name='Ann')
BEN = UserData(identity_id='ben', identity_name='Ben')


def client_of(auth: BaseAuthConfig, *endpoints: Endpoint) -> httpx.AsyncClient:
    config = ConfigurationBuilder()
    config.add_auth(auth)
    config.add_page('Home', content=Text('the page'), route='/')
    for endpoint in endpoints:
        config.add_endpoint(endpoint)
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_app(config)), base_url='http://test')


@pytest.mark.parametrize('auth', [BasicAuthConfig('ann', 'secret'), MultiBasicAuthConfig({'ann': 'secret'})])
async def test_auth_configs_take_their_arguments_by_position(auth: BaseAuthConfig) -> None:
    async with client_of(auth) as client:
        assert (await client.post('/login', data={'name': 'ann', 'password': 'wrong'})).status_code == 401
        assert (await client.post('/login', data={'name': 'ann', 'password': 'secret'})).status_code == 303
        assert 'the page' in (await client.get('/')).text


def test_the_lifetime_is_given_by_name_alone() -> None:
    assert BasicAuthConfig('ann', 'pw', lifetime=timedelta(hours=1)).lifetime == timedelta(hours=1)
    with pytest.raises(TypeError, match='positional'):
        BasicAuthConfig('ann', 'pw', timedelta(hours=1))  # type: ignore[call-arg]
    with pytest.raises(InvalidDefinition, match='no user'):
        MultiBasicAuthConfig({})


@pytest.fixture
def as_ann() -> Iterator[None]:
    """Run code for a user, as an app does."""
    token = USER.set(ANN)
    yield
    USER.reset(token)


@pytest.mark.usefixtures('as_ann')
async def test_an_apps_own_test_runs_code_for_a_user() -> None:
    store = BackendStore(scope='user')
    draft = Variable('', store=store)
    assert get_user_data() == ANN
    await draft.write('by Ann')
    token = USER.set(BEN)
    assert await draft.read() == ''
    await store.write('by Ben')
    USER.reset(token)
    assert await draft.read() == 'by Ann'
    assert await store.get_all() == {'ann': 'by Ann', 'ben': 'by Ben'}


async def test_without_a_user_there_is_none() -> None:
    assert (USER.get(), SESSION_ID.get(), ID_TOKEN.get()) == (None, None, None)
    assert USER.get(BEN) == BEN
    token = USER.set(None)
    with pytest.raises(NoUserInContext):
        await BackendStore(scope='user').read()
    USER.reset(token)


def test_each_context_variable_is_set_and_reset_by_itself() -> None:
    session = SESSION_ID.set('session')
    user = USER.set(ANN)
    id_token = ID_TOKEN_OF_DEFINITIONS.set('token')
    assert (USER.get(), SESSION_ID.get(), ID_TOKEN.get()) == (ANN, 'session', 'token')
    SESSION_ID.reset(session)
    assert (USER.get(), SESSION_ID.get()) == (ANN, None)
    ID_TOKEN.reset(id_token)
    USER.reset(user)
    assert (USER.get(), ID_TOKEN.get()) == (None, None)


async def test_a_user_that_was_set_is_nobody_elses() -> None:
    """A request runs for the user of its own session, whatever the code around the server has set."""

    @get('me', authenticated=False)
    def me() -> list[Any]:
        user = USER.get()
        return [user and user.identity_id, SESSION_ID.get(), ID_TOKEN.get()]

    user, session, id_token = USER.set(ANN), SESSION_ID.set('session'), ID_TOKEN.set('token')
    async with client_of(BasicAuthConfig('ben', 'secret'), me) as client:
        assert (await client.get('/api/me')).json() == [None, None, None]
        await client.post('/login', data={'name': 'ben', 'password': 'secret'})
        assert (await client.get('/api/me')).json()[::2] == ['ben', None]
    with running_for(Identity(BEN, 'of Ben')):
        assert (USER.get(), SESSION_ID.get(), ID_TOKEN.get()) == (BEN, 'of Ben', None)
        USER.set(None)
    assert (USER.get(), SESSION_ID.get()) == (ANN, 'session')
    USER.reset(user)
    SESSION_ID.reset(session)
    ID_TOKEN.reset(id_token)


def test_a_user_has_further_data_and_can_be_dumped() -> None:
    user = UserData('ann', 'Ann', 'ann@a.example', groups=['staff'], team='blue', level=3)
    assert (user.groups, user.team, user.level) == (['staff'], 'blue', 3)  # type: ignore[attr-defined]
    assert user.model_dump() == {
        'identity_id': 'ann',
        'identity_name': 'Ann',
        'identity_email': 'ann@a.example',
        'groups': ['staff'],
        'team': 'blue',
        'level': 3,
    }
    assert UserData.model_validate(user.model_dump()) == user != ANN
    assert UserData(identity_id='x', identity_name='X', groups=None).groups == []


def test_data_of_a_wrong_type_is_an_error() -> None:
    with pytest.raises(ValidationError, match='identity_id'):
        UserData(identity_id=5, identity_name='five')  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match='frozen'):
        ANN.identity_id = 'ben'


class WithTeams(BaseAuthConfig):
    """An auth config whose users have further data."""

    async def login(self, name: str, password: str) -> UserData | None:
        extra: Any = object() if name == 'odd' else ('blue', 3)
        return UserData(name, name.title(), groups=['staff'], team=extra)


async def test_further_data_is_there_at_the_next_request() -> None:
    @get('me')
    def me() -> Any:
        user = get_user_data()
        return user and user.model_dump(exclude_none=True)

    async with client_of(WithTeams(), me) as client:
        await client.post('/login', data={'name': 'ann', 'password': 'pw'})
        expected = {'identity_id': 'ann', 'identity_name': 'Ann', 'groups': ['staff'], 'team': ['blue', 3]}
        assert (await client.get('/api/me')).json() == expected
        refused = await client.post('/login', data={'name': 'odd', 'password': 'pw'})
        assert refused.status_code == 503
