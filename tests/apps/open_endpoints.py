"""An open endpoint beside one for users."""

from dara.components import Text
from dara.core import ConfigurationBuilder
from dara.core.auth import BasicAuthConfig
from dara.core.http import get


@get('items/secret')
def secret():
    return 'secret'


@get('items/{id}', authenticated=False)
def item(id: str):
    return id


@get('nothing', authenticated=False)
def nothing():
    return next(iter(()))


config = ConfigurationBuilder()
config.add_auth(BasicAuthConfig(username='ann', password='a'))
config.add_endpoint(secret)
config.add_endpoint(item)
config.add_endpoint(nothing)
config.add_page('A', content=Text('a'))
