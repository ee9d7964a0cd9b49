"""The feed of a `SQLiteBackend`: processes on one host that tell each other of their commits."""

from __future__ import annotations

import asyncio
import logging
import os
import selectors
import socket
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

from dara.core.persistence.changelog import Update
from dara.core.persistence.shared import MESSAGE_BYTES, OnLoss, OnMessage, OnOutside, OnUpdate

DIRECTORY_BYTES: Final = 30
"""The length of a directory above which the address of a socket in it might be too long for the system."""
RING: Final = b'!'
MESSAGE: Final = ':'
logger = logging.getLogger('dara')


class _OnLoop:
    """Callbacks on the event loop that runs now, until they are closed. They may be called from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._is_closed = False

    def close(self) -> None:
        """Call nothing any more."""
        self._is_closed = True

    def _call(self, calls: Iterable[Callable[[], None]]) -> None:
        def call() -> None:
            for each in calls:
                if self._is_closed:
                    return
                try:
                    each()
                except Exception:
                    logger.exception('a callback for the news of other servers has failed')

        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(call)


class Listener(_OnLoop):
    """The functions of a server that hear of commits."""

    def __init__(self, on_update: OnUpdate, on_loss: OnLoss) -> None:
        super().__init__()
        self._on_update = on_update
        self._on_loss = on_loss
        self.on_outside: OnOutside = lambda key, tip: None
        """The function that hears of the commits past the stores."""

    def report(self, news: Collection[tuple[str, Update | None]]) -> None:
        """Report commits; None is one that cannot be read."""
        self._call(
            partial(self._on_update, key, update) if update else partial(self._on_loss, [key]) for key, update in news
        )

    def report_outside(self, commits: Collection[tuple[str, str]]) -> None:
        """Report commits past the stores."""
        self._call(partial(self.on_outside, *each) for each in commits)

    def report_loss(self) -> None:
        """Report that commits of all keys may have been missed."""
        self._call([partial(self._on_loss, None)])


class Receiver(_OnLoop):
    """The function of a server that receives messages."""

    def __init__(self, on_message: OnMessage) -> None:
        super().__init__()
        self._on_message = on_message

    def report(self, messages: Collection[str]) -> None:
        """Pass messages on."""
        self._call(partial(self._on_message, each) for each in messages)


class Mailbox:
    """A datagram socket in a directory beside the database, to which the other servers write.

    After a commit they ring: whoever is rung looks into the database, and so does everybody from time to time, as
    both rings and messages may be lost.

    Args:
        directory: the directory of the sockets of all servers. Only their user may enter it.
        app: the name that the servers of one app share.
        server: the name of this server.
    """

    def __init__(self, directory: Path, app: str, server: str) -> None:
        self._directory = directory
        self._prefix = f'{app}.'
        self._name = f'{app}.{server}'
        self._socket: socket.socket | None = None
        self._sender: socket.socket | None = None

    def open(self, selector: selectors.BaseSelector) -> None:
        """Receive messages from now on, where the system has such sockets."""
        if self._socket and (self._directory / self._name).exists():
            return
        self._leave(selector)
        with suppress(OSError, AttributeError):
            self._directory.mkdir(mode=0o700, exist_ok=True)
            opened = _new_socket()
            try:
                with _short(self._directory) as directory:
                    opened.bind(f'{directory}/{self._name}')
            except OSError:
                opened.close()
                raise
            selector.register(opened, selectors.EVENT_READ)
            self._socket = opened

    def receive(self) -> list[str]:
        """Return the messages that have arrived, without the rings."""
        assert self._socket
        messages = []
        with suppress(BlockingIOError):
            while True:
                content = self._socket.recv(2 * MESSAGE_BYTES)
                if content != RING:
                    messages.append(content.decode(errors='replace').removeprefix(MESSAGE))
        return messages

    def ring(self) -> None:
        """Tell all others that there is a commit."""
        self._send(RING)

    def send(self, message: str) -> None:
        """Send a message to all others."""
        self._send(f'{MESSAGE}{message}'.encode())

    def close(self, selector: selectors.BaseSelector) -> None:
        """Receive nothing any more."""
        self._leave(selector)
        if self._sender:
            self._sender.close()

    def _send(self, content: bytes) -> None:
        try:
            others = [each for each in os.listdir(self._directory) if each.startswith(self._prefix)]
            others = [each for each in others if each != self._name]
            if others:
                self._sender = self._sender or _new_socket()
                with _short(self._directory) as directory:
                    for each in others:
                        self._send_to(f'{directory}/{each}', content)
        except (OSError, AttributeError):  # nobody receives, or not by sockets
            return

    def _send_to(self, address: str, content: bytes) -> None:
        assert self._sender
        try:
            self._sender.sendto(content, address)
        except ConnectionRefusedError:  # of a server that was killed
            Path(address).unlink(missing_ok=True)
        except OSError:  # too much waits for it already, or it has just ended
            return

    def _leave(self, selector: selectors.BaseSelector) -> None:
        if self._socket is None:
            return
        selector.unregister(self._socket)
        self._socket.close()
        self._socket = None
        with suppress(OSError):  # others are there
            (self._directory / self._name).unlink(missing_ok=True)
            self._directory.rmdir()


def _new_socket() -> socket.socket:
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    opened.setblocking(False)
    return opened


@contextmanager
def _short(directory: Path) -> Iterator[str]:
    """Yield a path of a directory that is short enough for the address of a socket in it, if there is one."""
    if len(os.fsencode(directory)) <= DIRECTORY_BYTES:
        yield str(directory)
        return
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f'/proc/self/fd/{handle}'
    finally:
        os.close(handle)
