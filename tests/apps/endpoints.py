"""Endpoints of every method, and middleware. LOGIN: whether there is a login."""

from __future__ import annotations

import datetime
import os

from pydantic import BaseModel
from starlette.responses import RedirectResponse

from dara.components import Text
from dara.core import ConfigurationBuilder, Variable, run_sync
from dara.core.auth import BasicAuthConfig, get_user_data
from dara.core.http import delete, get, patch, post, put
from dara.core.persistence import BackendStore


class Order(BaseModel):
    item: str
    amount: int = 1


total = BackendStore(uid='total')
mine = BackendStore(uid='mine', scope='user')
Variable(0, store=total)
Variable('nothing', store=mine)


@get('items/{id}')
async def item(
    id: int,
    tags: list[str] = [],  # noqa: B006  # an endpoint as one writes it
    limit: int | None = None,
    sold: bool = False,
):
    return {'id': id, 'tags': tags, 'limit': limit, 'sold': sold}


@post('total')
def add(amount: int):
    return run_sync(total.modify(lambda n: n + amount))


@put('orders/{id}')
async def order(id: str, order: Order):
    return [id, order]


@patch('mine')
async def set_mine(value: str):
    user = get_user_data()
    assert user
    await mine.write(value)
    return {'is': await mine.read(), 'of': user.identity_id}


@delete('items/{id}')
def remove(id: int, request):
    return f'{request.method} {id}'


@get('elsewhere', authenticated=False)
def elsewhere():
    return RedirectResponse('/there')


@get('broken')
def broken():
    raise RuntimeError('a secret')


@get('when')
def when():
    return datetime.date(2026, 11, 23)


async def add_header(request, call_next):
    if request.url.path == '/unlucky':
        raise RuntimeError('a mishap')
    response = await call_next(request)
    identity = request.scope['dara.identity']
    response.headers['x-served-to'] = identity.user.identity_name if identity else 'anybody'
    return response


class Redirect:
    def __init__(self, app, path):
        self.app, self.path = app, path

    async def __call__(self, scope, receive, send):
        if scope['type'] == 'http' and scope['path'] == self.path:
            await RedirectResponse('/elsewhere')(scope, receive, send)
        else:
            await self.app(scope, receive, send)


config = ConfigurationBuilder()
config.add_page('Page', content=Text('x'))
for endpoint in (item, add, order, set_mine, remove, elsewhere, broken, when):
    config.add_endpoint(endpoint)
config.add_middleware(add_header)
config.add_middleware(Redirect, path='/moved')
if 'LOGIN' in os.environ:
    config.add_auth(BasicAuthConfig(username='ann', password='password of ann'))
