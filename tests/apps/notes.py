"""A note and another page, for users who log in or for guests.

LOGIN: `users` or `one user`. LIFETIME: the seconds after which an unused session expires. FOLDER: a static folder.
"""

import os
from datetime import timedelta

from starlette.responses import PlainTextResponse

from dara.components import Stack, Text
from dara.core import ConfigurationBuilder, Variable
from dara.core.auth import BasicAuthConfig, MultiBasicAuthConfig, get_user_data
from dara.core.http import get
from dara.core.persistence import BackendStore

USERS = {'ann': 'pw', 'ben': 'other', 'global': 'pw', 'a/b': 'pw', '🦊': 'pw'}
lifetime = timedelta(seconds=int(os.environ.get('LIFETIME', 7 * 24 * 3600)))


@get('who')
def who():
    user = get_user_data()
    return [user.identity_id, user.identity_name]


@get('logo', authenticated=False)
async def logo():
    return PlainTextResponse('logo', headers={'cache-control': 'public, max-age=99'})


config = ConfigurationBuilder()
config.title = 'Notes <b>'
config.add_page('Note', content=Stack(Text(Variable(default='', store=BackendStore(uid='note')))))
config.add_page('Other', content=Text('other'))
config.add_endpoint(who)
config.add_endpoint(logo)
if 'FOLDER' in os.environ:
    config.add_static_folder(os.environ['FOLDER'])
match os.environ.get('LOGIN'):
    case 'users':
        config.add_auth(MultiBasicAuthConfig(users=USERS, lifetime=lifetime))
    case 'one user':
        config.add_auth(BasicAuthConfig(username='ann', password='pw', lifetime=lifetime))
