"""Dialects: the messages that each server expects, for Dara, the floor and the original."""

from __future__ import annotations

import json
import re
import secrets
import socket
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any, Final

from benchmarks.wire import Connection

_VERSION: Final = re.compile(rb'"version":(\d+)')


@dataclass(frozen=True, slots=True)
class Dara:
    """Version 1 of Dara's protocol; `store` is the app's only store. A tab that does not subscribe is idle."""

    store: str
    build: str
    subscribes: bool = True
    path: str = '/_dara/ws'
    headers: str = ''
    edit_mark: bytes = b',[{"op":'
    confirms: bool = True

    def greeting(self, since: dict[str, Any] | None = None) -> str:
        """Return the first frame of a tab: `hello`, and `subscribe` with the version in `since`, if there is one."""
        hello = {'type': 'hello', 'protocol': 1, 'client': secrets.token_hex(16), 'build': self.build, 'page': '/'}
        subscribe = {'type': 'subscribe', 'id': 1, 'store': self.store, **({'since': since} if since else {})}
        return json.dumps([hello, subscribe] if self.subscribes else hello)

    def greet(self, connection: Connection) -> DaraTab:
        connection.send(self.greeting())
        if not self.subscribes:
            connection.read_frame()
            return DaraTab(connection, '', {})
        snapshot = _snapshot(connection)
        address = f'"channel":{snapshot["channel"]},"store":"{self.store}","epoch":"{snapshot["epoch"]}"'
        return DaraTab(connection, address, snapshot)


@dataclass(slots=True)
class DaraTab:
    """State of a replica. `version` is parsed from the last frame only when it is needed."""

    connection: Connection
    address: str
    snapshot: dict[str, Any]
    version: int = 0
    n: int = 0

    def edit(self, number: int) -> bytes:
        return self.write(f'[{{"op":"replace","path":[],"value":"{_text(number)}"}}]')

    def write(self, ops: str) -> bytes:
        """Send an edit of these ops; return bytes that occur in the frame that acknowledges it."""
        self.n += 1
        seen = _VERSION.findall(self.connection.latest)
        self.version = max(self.version, self.snapshot['version'], *map(int, seen))
        self.connection.send(f'{{"type":"edit",{self.address},"n":{self.n},"base":{self.version},"ops":{ops}}}')
        return f'[{self.snapshot["author"]},{self.n},['.encode()


@dataclass(frozen=True, slots=True)
class Floor:
    """The floor's dialect: every message returns to all sockets."""

    path: str = '/'
    headers: str = ''
    edit_mark: bytes = b',[{"op":'
    confirms: bool = False

    def greet(self, connection: Connection) -> FloorTab:
        return FloorTab(connection)


@dataclass(frozen=True, slots=True)
class FloorTab:
    """A tab of the floor. It sends the change that Dara would publish, so that the frames have the same size."""

    connection: Connection

    def edit(self, number: int) -> bytes:
        edits = f'[[1,{number},[{{"op":"replace","path":[],"value":"{_text(number)}"}}]]]'
        self.connection.send(f'{{"type":"change","channel":1,"base":{number - 1},"version":{number},"edits":{edits}}}')
        return f'[[1,{number},['.encode()


@dataclass(frozen=True, slots=True)
class Original:
    """The original's dialect: values arrive by websocket, and are written by HTTP. All tabs share one login."""

    port: int
    store: str
    cookie: str
    path: str = '/api/core/ws'
    edit_mark: bytes = b'"store_uid"'
    confirms: bool = False

    @property
    def headers(self) -> str:
        return f'Cookie: {self.cookie}\r\n'

    def greet(self, connection: Connection) -> OriginalTab:
        connection.read_frame()  # init, with the channel
        return OriginalTab(self)


class OriginalTab:
    """A tab of the original. It writes on its own HTTP connection, without a channel, so all sockets get the change."""

    def __init__(self, dialect: Original) -> None:
        self._dialect = dialect
        self._http: socket.socket | None = None

    def edit(self, number: int) -> bytes:
        dialect = self._dialect
        body = json.dumps({'ws_channel': 'none', 'values': {dialect.store: _text(number)}})
        self._connected().sendall(
            f'POST /api/core/store HTTP/1.1\r\nHost: 127.0.0.1:{dialect.port}\r\n{dialect.headers}'
            f'Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}'.encode()
        )
        return _text(number).encode()

    def _connected(self) -> socket.socket:
        if self._http is None or not _is_open(self._http):
            self._http = socket.create_connection(('127.0.0.1', self._dialect.port), timeout=30)
            self._http.setblocking(False)
        return self._http


def dara(port: int) -> Dara:
    """Return the dialect of an app of Dara; the uid of its store is read from the page."""
    page = json.loads(page_of(port))
    stores = [store for level in page['levels'].values() for store in level['stores']]
    return Dara(stores[0], page['build'])


def page_of(port: int) -> str:
    """Return the JSON in the page of an app of Dara."""
    return _between(request(port, 'GET', '/')[0], 'id="dara-page">', '</script>')


def floor(_: int) -> Floor:
    """Return the dialect of the floor."""
    return Floor()


def original(port: int) -> Original:
    """Log in, and return the dialect with the uid of the app's store."""
    cookie = request(port, 'POST', '/api/auth/session', '{}')[1]['set-cookie'].partition(';')[0]
    return Original(port, 'text', cookie)


def _text(number: int) -> str:
    """Return a value for the shared text, as long as a typical line."""
    return f'{number:08d} the quick brown fox jumps'


def _is_open(connection: socket.socket) -> bool:
    """Read the answer to the last request; return whether the connection may be used again."""
    try:
        while connection.recv(65536):
            pass
    except BlockingIOError:
        return True
    connection.close()
    return False


def _snapshot(connection: Connection) -> dict[str, Any]:
    while True:
        frame = json.loads(connection.read_frame())
        messages: list[dict[str, Any]] = frame if isinstance(frame, list) else [frame]
        for message in messages:
            if message['type'] == 'snapshot':
                return message


def request(port: int, method: str, path: str, body: str | None = None) -> tuple[str, dict[str, str]]:
    """Send a request; return the body of the answer, and its headers."""
    connection = HTTPConnection('127.0.0.1', port, timeout=30)
    connection.request(method, path, body, {'Content-Type': 'application/json'})
    response = connection.getresponse()
    answer = response.read().decode()
    connection.close()
    return answer, {name.lower(): value for name, value in response.getheaders()}


def _between(text: str, before: str, after: str) -> str:
    return text.partition(before)[2].partition(after)[0]
