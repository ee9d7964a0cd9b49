"""Callers: users of a raw connection, each with one question in flight, for as long as a measurement lasts.

A caller speaks the protocol of its server as that server's own page does, and reads an answer as soon as it is there.
"""

from __future__ import annotations

import contextlib
import gc
import select
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final, Protocol

from benchmarks.wire import Connection

PATIENCE_SECONDS: Final = 60
_NUMBERS: Final = count(1)
"""The questions: no two are alike, so that no answer can be a kept one."""


class WrongAnswer(Exception):
    """An answer other than the expected one."""


class Caller(Protocol):
    """A user who asks again as soon as the answer is there."""

    def fileno(self) -> int:
        """Return the file descriptor, for epoll."""

    def ask(self, number: int) -> None:
        """Call the function with that number."""

    def has_answer(self) -> bool:
        """Read the available data; return whether the answer is complete."""

    def close(self) -> None:
        """Close the connection."""


@dataclass(slots=True)
class SocketCaller:
    """A caller on a websocket.

    Attributes:
        question: returns the message that calls the function with a number.
        is_answer: returns whether a frame completes the answer for that number.
        reply: returns the message that the server expects after a frame, if any.
    """

    connection: Connection
    question: Callable[[int], str | bytes]
    is_answer: Callable[[bytes, int], bool]
    reply: Callable[[bytes], str | None] = lambda _: None
    _number: int = 0

    def fileno(self) -> int:
        return self.connection.socket.fileno()

    def ask(self, number: int) -> None:
        self._number = number
        self.connection.send(self.question(number))

    def has_answer(self) -> bool:
        found = False
        for frame in self.connection.take():
            found = found or self.is_answer(frame, self._number)
            reply = self.reply(frame)
            if reply is not None:
                self.connection.send(reply)
        return found

    def close(self) -> None:
        self.connection.close()


class HttpCaller:
    """A caller that sends requests on one connection.

    Attributes:
        question: returns the method, the path, and the body of the request.
        answer: returns bytes that occur in the answer.
    """

    def __init__(
        self, port: int, question: Callable[[int], tuple[str, str, str]], answer: Callable[[int], bytes], headers: str
    ) -> None:
        self._socket = socket.create_connection(('127.0.0.1', port), timeout=PATIENCE_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._question, self._answer = question, answer
        self._headers = f'Host: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n{headers}'
        self._expected = self._received = b''

    def fileno(self) -> int:
        return self._socket.fileno()

    def ask(self, number: int) -> None:
        method, path, body = self._question(number)
        self._expected, self._received = self._answer(number), b''
        head = f'{method} {path} HTTP/1.1\r\n{self._headers}Content-Length: {len(body.encode())}\r\n\r\n'
        self._socket.sendall(f'{head}{body}'.encode())

    def has_answer(self) -> bool:
        data = self._socket.recv(262_144)
        if not data:
            raise ConnectionError('the server hung up')
        self._received += data
        head, end, body = self._received.partition(b'\r\n\r\n')
        if not end or not _is_complete(head.lower(), body):
            return False
        if b' 200 ' not in head[:20] or self._expected not in body:
            raise WrongAnswer(self._received[:1000])
        return True

    def close(self) -> None:
        self._socket.close()


@dataclass(slots=True)
class Calls:
    """The measurements of some callers.

    Attributes:
        seconds: the time of each call.
        lasted: the time of all, from the first question to the last answer.
    """

    seconds: list[float] = field(default_factory=list)
    lasted: float = 0.0

    def add(self, other: Calls) -> None:
        """Add the measurements of another turn."""
        self.seconds += other.seconds
        self.lasted += other.lasted


class Crowd:
    """Callers of one server."""

    def __init__(self, callers: Sequence[Caller]) -> None:
        self._callers = {caller.fileno(): caller for caller in callers}
        self._poll = select.epoll()
        for file in self._callers:
            self._poll.register(file, select.EPOLLIN)

    def call(self, seconds: float, pause: float = 0) -> Calls:
        """Let each ask for that many seconds, again and again, after a pause.

        Raises:
            TimeoutError: there was no answer for a minute.
        """
        calls = Calls()
        began = last = time.perf_counter()
        asked: dict[int, float] = {}
        with _no_collections():
            for file in self._callers:
                self._ask(file, asked)
            while asked:
                if not (ready := self._poll.poll(PATIENCE_SECONDS)):
                    raise TimeoutError(f'{len(asked)} of {len(self._callers)} have no answer')
                for file, _ in ready:
                    if self._callers[file].has_answer() and file in asked:
                        last = time.perf_counter()
                        calls.seconds.append(last - asked.pop(file))
                        if last - began < seconds:
                            time.sleep(pause)
                            self._ask(file, asked)
        calls.lasted = last - began
        return calls

    def close(self) -> None:
        """Close all connections."""
        self._poll.close()
        for caller in self._callers.values():
            caller.close()

    def _ask(self, file: int, asked: dict[int, float]) -> None:
        number = next(_NUMBERS)
        asked[file] = time.perf_counter()
        self._callers[file].ask(number)


@contextlib.contextmanager
def _no_collections() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _is_complete(head: bytes, body: bytes) -> bool:
    if b'transfer-encoding: chunked' in head:
        return body.endswith(b'0\r\n\r\n')
    length = head.partition(b'content-length:')[2].partition(b'\r\n')[0]
    return len(body) >= int(length)
