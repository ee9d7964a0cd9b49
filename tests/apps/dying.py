"""A note in a file. The server kills itself at its n-th system call once a file `die` holds n."""

from pathlib import Path

from dara.components import Stack, Text
from dara.core import ConfigurationBuilder, Variable
from dara.core.persistence import BackendStore, FileBackend
from tests.killing import kill_at_call

die = Path('die')
kill_at_call(lambda: int(die.read_text()) if die.exists() else 0)

note = Variable(default='', store=BackendStore(FileBackend(path='note.json'), uid='note'))
config = ConfigurationBuilder()
config.add_page('Note', content=Stack(Text(note)))
