"""The Lua scripts of `RedisBackend`, and the names of its keys in Redis."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

NAME: Final = r'^[A-Za-z0-9_.~-]{1,64}$'
_SOURCE: Final = Path(__file__).with_name('redis.lua').read_text(encoding='utf-8')
_WRITE: Final = Path(__file__).with_name('redis_write.lua').read_text(encoding='utf-8')


@dataclass(frozen=True)
class Script:
    """A script, which Redis knows by its hash."""

    text: str

    @cached_property
    def sha(self) -> str:
        """The name of the script in `EVALSHA`."""
        return hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()

    def on(self, key: bytes, *arguments: str | bytes | int) -> tuple[str | bytes | int, ...]:
        """Return the command that runs the script on a record."""
        return ('EVALSHA', self.sha, 1, key, *arguments)


COMMIT: Final = Script(f'{_SOURCE}\nreturn commit(KEYS[1], ARGV)')
LOAD: Final = Script(f'{_SOURCE}\nreturn load(KEYS[1])')
UPDATES: Final = Script(f'{_SOURCE}\nreturn updates(KEYS[1], ARGV)')
STORE: Final = Script(f'{_SOURCE}\nreturn store(KEYS[1], ARGV)')
SWEEP: Final = Script(f'{_SOURCE}\nreturn sweep(KEYS[1], ARGV)')
SCRIPTS: Final = (COMMIT, LOAD, UPDATES, STORE, SWEEP)
LIBRARY: Final = f'#!lua name=dara\n{_SOURCE}\n{_WRITE}'
"""The library of functions for other programs."""


class Names:
    """The names of the keys of one app in Redis.

    A record is under `{NAME:KEY}`, which is also the name of its channel. The braces make a cluster keep all that
    belongs to it on one node.

    Args:
        name: the name of the app.
    """

    def __init__(self, name: str) -> None:
        self._prefix = f'{{{name}:'.encode()
        self.pattern = self._prefix + b'*}'
        self.schema = self._prefix + b'}:schema'
        self.messages = self._prefix + b'}:messages'
        self.outside = self._prefix + b'}:outside'

    def record(self, key: str) -> bytes:
        """Return the name of the record of `key`."""
        escaped = key.replace('%', '%25').replace('{', '%7B').replace('}', '%7D')
        return b'%s%s}' % (self._prefix, escaped.encode('utf-8', 'surrogatepass'))

    def receipts(self, key: str) -> bytes:
        """Return the name of its receipts."""
        return self.record(key) + b':receipts'

    def key(self, record: bytes) -> str:
        """Return the key of a record."""
        escaped = record[len(self._prefix) : -1]
        return unquote_to_bytes(escaped).decode('utf-8', 'surrogatepass')
