"""Tables of an app with users and several workers."""

import os

import pandas as pd  # type: ignore[import-untyped]

from dara.components import Button, Stack, Table, Text
from dara.core import ConfigurationBuilder, DerivedVariable, ServerVariable, Variable, action
from dara.core.auth import MultiBasicAuthConfig, get_user_data
from dara.core.persistence import BackendStore, SQLiteBackend

ROWS = 5000


def frame(mark):
    return pd.DataFrame({'n': range(ROWS), 'mark': mark, 'half': [n // 2 for n in range(ROWS)]})


shared = ServerVariable(frame('first'), uid='shared')
model = ServerVariable({'weights': 'secret'}, uid='model')
own = ServerVariable(scope='user', uid='own')
secret = Variable('ann', store=BackendStore(can_read=lambda user: user.identity_id == 'ann'), uid='secret')
of_secret = DerivedVariable(lambda secret: frame(f'secret of {secret}'), variables=[secret], uid='of_secret')
is_personal = Variable(False, store=BackendStore(), uid='is_personal')
given = Variable('', uid='given')


def rows_for(is_personal):
    return frame(f'rows of {get_user_data().identity_id}' if is_personal else 'rows of all')


at_times_personal = DerivedVariable(rows_for, variables=[is_personal], uid='at_times_personal')
of_given = DerivedVariable(lambda given: frame(given)[:2], variables=[given], uid='of_given')
pid = DerivedVariable(lambda _: os.getpid(), variables=[Variable(0, uid='any')], uid='pid', cache=None)


@action
async def write(ctx, mark):
    await shared.write(frame(mark))
    await own.write(frame(f'{mark} of my own'))


config = ConfigurationBuilder()
config.backend = SQLiteBackend('values.db')
config.add_auth(MultiBasicAuthConfig(users={'ann': 'a', 'ben': 'b'}))
config.add_page(
    'Tables',
    content=Stack(
        Text(text=pid),
        Table(data=shared),
        Table(data=own),
        Table(data=model),
        Table(data=of_secret),
        Table(data=at_times_personal),
        Table(data=of_given),
        Button('Write second', onclick=write('second')),
    ),
)
