"""A result that waits, once it has read a note, until the endpoint `go` is asked."""

import asyncio

from dara.components import Stack, Text
from dara.core import ConfigurationBuilder, DerivedVariable, Variable
from dara.core.http import get
from dara.core.persistence import BackendStore

note = Variable(default='old', store=BackendStore(uid='note'))
go_on = asyncio.Event()
began = []


async def slowly():
    value = await note.read()
    began.append(value)
    await go_on.wait()
    return value


@get('began')
def get_began():
    return began


@get('go')
async def go():
    go_on.set()
    return 'gone'


config = ConfigurationBuilder()
config.add_endpoint(get_began)
config.add_endpoint(go)
config.add_page('A', content=Stack(Text(note), Text(DerivedVariable(slowly, variables=[], uid='slow'))))
