"""A text in a file.

FILES: the limits of open files, `soft:hard`. HEADER_SECONDS, BODY_SECONDS: the time that a request may take.
"""

import os
import resource

from dara.components import Input
from dara.core import ConfigurationBuilder, Variable
from dara.core._server import connections
from dara.core.http import post
from dara.core.persistence import BackendStore, FileBackend

if 'FILES' in os.environ:
    soft, hard = map(int, os.environ['FILES'].split(':'))
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
for name in ('HEADER_SECONDS', 'BODY_SECONDS'):
    setattr(connections, name, int(os.environ.get(name, getattr(connections, name))))

text = Variable(default='', uid='text', store=BackendStore(FileBackend(path='kept.json'), uid='text'))


@post('take')
def take(text: str):
    return len(text)


config = ConfigurationBuilder()
config.add_endpoint(take)
config.add_page('Home', content=Input(value=text))
