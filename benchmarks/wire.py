"""Many websockets in one process, with so little overhead that the server dominates the measurement.

There is no client library and no event loop. `epoll` reports the readable sockets, one `recv` reads the data, and one
`bytes.count` counts the edits in it. JSON is searched, not parsed, and only on the socket that waits for its own edit.
A dialect interprets the frames, so the same loop drives Dara, the floor and the peers.
"""

from __future__ import annotations

import base64
import contextlib
import secrets
import select
import socket
import struct
import time
from collections.abc import Sequence
from typing import Final, Protocol

TEXT: Final = 0x81
BINARY: Final = 0x82
CLOSE: Final = 0x88
PING: Final = 0x89
PONG: Final = 0x8A
CONFIRM_FRAMES: Final = 32
CONFIRM_SECONDS: Final = 0.5
PATIENCE_SECONDS: Final = 20


class Tab(Protocol):
    """A subscriber that may edit."""

    def edit(self, number: int) -> bytes:
        """Send the edit of that number; return bytes that occur in the frame that acknowledges it."""


class Dialect(Protocol):
    """The messages that a server expects."""

    @property
    def path(self) -> str:
        """The path of the websocket."""

    @property
    def headers(self) -> str:
        """Additional header lines for the upgrade, each with its line end."""

    @property
    def edit_mark(self) -> bytes:
        """Bytes that occur once in each received edit."""

    @property
    def confirms(self) -> bool:
        """True if the client acknowledges the frames that it has read."""

    def greet(self, connection: Connection) -> Tab:
        """Send the first messages, and wait until the connection is subscribed."""


class Connection:
    """One websocket. It blocks until `Swarm` takes it over."""

    def __init__(self, port: int, dialect: Dialect) -> None:
        self.dialect = dialect
        self.frames = self.confirmed = self.edits = 0
        self.awaited: bytes | None = None
        self.latest = b''
        self.socket = socket.create_connection(('127.0.0.1', port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = self._upgrade(port)

    def send(self, data: str | bytes) -> None:
        """Send a text frame, or a binary one."""
        if isinstance(data, str):
            self._send(TEXT, data.encode())
        else:
            self._send(BINARY, data)

    def read_frame(self) -> bytes:
        """Wait for the next frame; only before the swarm takes over."""
        while (frame := self._next_frame()) is None:
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError('the server hung up')
            self._rest += data
        self.latest = frame
        return frame

    def receive(self) -> int:
        """Read the available data, and return the number of edits in it.

        Raises:
            ConnectionError: the server closed the connection.
        """
        data = self.socket.recv(65536)
        if self._rest or not _is_one_frame(data):
            return self._receive_slowly(data)
        self.frames += 1
        return self._count(data)

    def take(self) -> list[bytes]:
        """Read the available data, and return the complete frames.

        Raises:
            ConnectionError: the server closed the connection.
        """
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError('the server hung up')
        self._rest += data
        taken = []
        while (frame := self._next_frame()) is not None:
            taken.append(frame)
        if self.frames - self.confirmed >= CONFIRM_FRAMES and self.dialect.confirms:
            self.confirm()
        return taken

    def close(self) -> None:
        """Close the connection."""
        self.socket.close()

    def confirm(self) -> None:
        """Acknowledge the frames that were read."""
        self.confirmed = self.frames
        self.send(f'{{"type":"ack","frames":{self.frames}}}')

    def _receive_slowly(self, data: bytes) -> int:
        if not data:
            raise ConnectionError('the server hung up')
        self._rest += data
        edits = 0
        while (frame := self._next_frame()) is not None:
            edits += self._count(frame)
        return edits

    def _send(self, kind: int, payload: bytes) -> None:
        self.socket.sendall(_masked(kind, payload))

    def _count(self, data: bytes) -> int:
        self.latest = data
        if self.awaited and self.awaited in data:
            self.awaited = None
        edits = data.count(self.dialect.edit_mark)
        self.edits += edits
        if self.frames - self.confirmed >= CONFIRM_FRAMES and self.dialect.confirms:
            self.confirm()
        return edits

    def _next_frame(self) -> bytes | None:
        """Remove and return the payload of the first complete frame, if there is one; answer pings before it."""
        while (found := _first_frame(self._rest)) is not None:
            kind, payload, size = found
            self._rest = self._rest[size:]
            if kind in (TEXT, BINARY):
                self.frames += 1
                return payload
            if kind == CLOSE:
                raise ConnectionError(f'the server closed: {payload!r}')
            if kind == PING:
                self._send(PONG, payload)
        return None

    def _upgrade(self, port: int) -> bytes:
        self.socket.sendall(_upgrade_request(port, self.dialect))
        answer = b''
        while b'\r\n\r\n' not in answer:
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError(f'no upgrade: {answer[:200]!r}')
            answer += data
        if b' 101 ' not in answer.partition(b'\r\n')[0]:
            raise ConnectionError(f'no upgrade: {answer[:200]!r}')
        return answer.partition(b'\r\n\r\n')[2]


def rush(port: int, dialect: Dialect, greetings: Sequence[str], awaited: bytes) -> float:
    """Connect once for each greeting, all at the same time; each connection sends its greeting as soon as it can.

    Returns:
        The seconds from the first connection until each has received a frame that contains `awaited`.
    """
    began = time.perf_counter()
    arriving = {each.fileno(): each for each in (Arrival(port, dialect, greeting) for greeting in greetings)}
    arrivals = list(arriving.values())
    with contextlib.closing(select.epoll()) as poll:
        for file in arriving:
            poll.register(file, select.EPOLLIN)
        while arriving:
            if time.perf_counter() - began > PATIENCE_SECONDS:
                raise TimeoutError(f'{len(arriving)} of {len(greetings)} have not received the awaited bytes')
            for file, _ in poll.poll(1):
                if file in arriving and arriving[file].has_received(awaited):
                    del arriving[file]
    seconds = time.perf_counter() - began
    for arrival in arrivals:
        arrival.close()
    return seconds


class Arrival:
    """A connecting websocket: it requests the upgrade, sends its greeting, and reads."""

    def __init__(self, port: int, dialect: Dialect, greeting: str) -> None:
        self._socket = socket.create_connection(('127.0.0.1', port), timeout=30)
        self._socket.sendall(_upgrade_request(port, dialect))
        self._greeting: bytes | None = greeting.encode()
        self._received = b''

    def fileno(self) -> int:
        """Return the file descriptor, for epoll."""
        return self._socket.fileno()

    def has_received(self, awaited: bytes) -> bool:
        """Read the available data; return whether `awaited` occurs in it."""
        data = self._socket.recv(262_144)
        if not data:
            raise ConnectionError('the server hung up')
        if self._greeting is not None:
            if b'\r\n\r\n' not in data:
                raise ConnectionError(f'no upgrade: {data[:200]!r}')
            self._socket.sendall(_masked(TEXT, self._greeting))
            self._greeting, data = None, data.partition(b'\r\n\r\n')[2]
        self._received = self._received[-len(awaited) :] + data
        return awaited in self._received

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


class Swarm:
    """Many subscribers of one value; each may edit it."""

    def __init__(self, port: int, dialect: Dialect, size: int) -> None:
        self.connections: list[Connection] = []
        self._tabs: list[Tab] = []
        self._dialect = dialect
        self._poll = select.epoll()
        self._by_file: dict[int, Connection] = {}
        self._numbers = self._turn = 0
        self._confirm_at = 0.0
        for _ in range(size):
            self._let_in(Connection(port, dialect))

    def _let_in(self, connection: Connection) -> None:
        """Subscribe a connection before the server times out, then answer the pings of the others."""
        self._tabs.append(self._dialect.greet(connection))
        self.connections.append(connection)
        self._by_file[connection.socket.fileno()] = connection
        self._poll.register(connection.socket.fileno(), select.EPOLLIN)
        if len(self.connections) % 100 == 0:
            self._receive(0)

    @property
    def frames(self) -> int:
        """The number of frames that all connections have received."""
        return sum(connection.frames for connection in self.connections)

    def one_change(self) -> float:
        """Let the next subscriber edit; return the seconds until the last one has received the edit.

        Raises:
            TimeoutError: a subscriber did not receive the edit.
        """
        began = time.perf_counter()
        self._edit()
        missing = len(self.connections)
        while missing > 0:
            missing -= self._receive_in_time(began)
        return time.perf_counter() - began

    def stream(self, seconds: float, edits: int, in_flight: int) -> tuple[int, int, float]:
        """Keep edits in flight, each by another subscriber, for that many seconds or edits.

        Returns:
            The number of edits made and of edits delivered, and the seconds until the last arrived.
        """
        began = last = time.perf_counter()
        made = delivered = 0
        editing: list[Connection] = []
        while True:
            while len(editing) < in_flight and made < edits and last - began < seconds:
                editing.append(self._edit())
                made += 1
            if not editing:
                break
            came = self._receive_in_time(last)
            delivered += came
            last = time.perf_counter() if came else last
            editing = [connection for connection in editing if connection.awaited]
        rest, at = self._drain(made * len(self.connections) - delivered)
        return made, delivered + rest, (at or last) - began

    def rest(self, seconds: float) -> None:
        """Answer pings and acknowledge frames for that many seconds, as an idle tab does."""
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            self._receive(0.1)

    def close(self) -> None:
        """Close all connections."""
        self._poll.close()
        for connection in self.connections:
            connection.close()

    def _edit(self) -> Connection:
        """Let the next subscriber without an edit in flight make one."""
        while self.connections[turn := self._turn % len(self.connections)].awaited:
            self._turn += 1
        self._turn += 1
        self._numbers += 1
        self.connections[turn].awaited = self._tabs[turn].edit(self._numbers)
        return self.connections[turn]

    def _receive(self, patience: float) -> int:
        """Wait for data for that many seconds; return the number of edits in it."""
        self._confirm_sometimes()
        return sum(self._by_file[file].receive() for file, _ in self._poll.poll(patience))

    def _receive_in_time(self, began: float) -> int:
        """Wait for data that was expected since `began`, and return the number of edits in it."""
        if time.perf_counter() - began > PATIENCE_SECONDS:
            raise TimeoutError('an edit did not arrive')
        return self._receive(CONFIRM_SECONDS)

    def _drain(self, missing: int) -> tuple[int, float | None]:
        """Receive the remaining data within a few seconds; return the number of edits, and the time of the last one."""
        received, last, until = 0, None, time.perf_counter() + 3
        while received < missing and time.perf_counter() < until:
            came = self._receive(0.1)
            received += came
            last = time.perf_counter() if came else last
        return received, last

    def _confirm_sometimes(self) -> None:
        if not self._dialect.confirms or time.perf_counter() < self._confirm_at:
            return
        self._confirm_at = time.perf_counter() + CONFIRM_SECONDS
        for connection in self.connections:
            if connection.confirmed != connection.frames:
                connection.confirm()


def _upgrade_request(port: int, dialect: Dialect) -> bytes:
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    return (
        f'GET {dialect.path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n'
        f'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n'
        f'{dialect.headers}\r\n'
    ).encode()


def _masked(kind: int, payload: bytes) -> bytes:
    """Return a frame masked with zeros, which the websocket protocol allows."""
    size = len(payload)
    if size < 126:
        head = bytes([kind, 0x80 | size])
    elif size < 65536:
        head = bytes([kind, 0xFE]) + struct.pack('>H', size)
    else:
        head = bytes([kind, 0xFF]) + struct.pack('>Q', size)
    return head + b'\0\0\0\0' + payload


def _first_frame(data: bytes) -> tuple[int, bytes, int] | None:
    """Return the kind and the payload of the first frame, and its total size; `None` if it is incomplete."""
    if len(data) < 2:
        return None
    start, size = 2, data[1]
    if size == 126:
        start, size = 4, int.from_bytes(data[2:4])
    elif size == 127:
        start, size = 10, int.from_bytes(data[2:10])
    if len(data) < start + size:
        return None
    return data[0], data[start : start + size], start + size


def _is_one_frame(data: bytes) -> bool:
    """Return whether `data` is exactly one text frame of less than 64 KiB."""
    size = len(data)
    if size < 4 or data[0] != TEXT:
        return False
    return size == data[1] + 2 < 128 or (data[1] == 126 and size == 4 + (data[2] << 8 | data[3]))
