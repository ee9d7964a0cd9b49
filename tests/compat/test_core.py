"""Tests of names of the core, called as documented."""

from __future__ import annotations

import httpx
import pytest
from httpx import ASGITransport

from dara.components import Text
from dara.core import (
    DEFAULT_ERROR_DESCRIPTION,
    DEFAULT_ERROR_TITLE,
    AnyVariable,
    CacheType,
    ConfigurationBuilder,
    DefaultAuthConfig,
    DerivedVariable,
    ErrorHandlingConfig,
    PersistenceStore,
    SwitchVariable,
    UrlVariable,
    Variable,
    discover,
)
from dara.core.asgi import create_app
from dara.core.http import delete, get, patch, post, put
from dara.core.persistence import BackendStore, BrowserStore, QueryParamStore


def test_every_kind_of_variable_is_a_variable() -> None:
    variable = Variable(1)
    derived: DerivedVariable[int] = DerivedVariable(lambda n: n + 1, variables=[variable], cache=CacheType.USER)
    for each in (variable, derived, variable == 1, SwitchVariable.when(variable == 1, 'one', 'more')):
        assert isinstance(each, AnyVariable)


def test_every_kind_of_store_is_a_store() -> None:
    for store in (BackendStore(), BrowserStore(), QueryParamStore(query='q')):
        assert isinstance(store, PersistenceStore)


def test_older_spellings() -> None:
    @discover
    def greeting() -> Text:
        return Text('Hello')

    assert isinstance(UrlVariable(query='tab', default='first').store, QueryParamStore)
    assert greeting().text == 'Hello'


def test_the_default_message_of_a_component_that_cannot_be_shown() -> None:
    shown = ErrorHandlingConfig()
    assert (shown.title, shown.description) == (DEFAULT_ERROR_TITLE, DEFAULT_ERROR_DESCRIPTION)


@pytest.mark.parametrize('decorator', [get, post, put, patch, delete])
async def test_an_endpoint_of_each_method(decorator: object) -> None:
    method = decorator.__name__  # type: ignore[attr-defined]

    @decorator(url='/items/{id}')  # type: ignore[operator,untyped-decorator]
    async def item(id: int) -> dict[str, int]:
        return {'id': id}

    config = ConfigurationBuilder()
    config.add_auth(DefaultAuthConfig())
    config.add_page('Home', content=Text('Home'))
    config.add_endpoint(item)
    transport = ASGITransport(app=create_app(config))
    async with httpx.AsyncClient(transport=transport, base_url='http://127.0.0.1') as client:
        await client.get('/')
        answer = await client.request(method, '/api/items/3', headers={'origin': 'http://127.0.0.1'})
        assert answer.json() == {'id': 3}
