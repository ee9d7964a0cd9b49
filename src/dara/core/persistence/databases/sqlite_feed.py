"""The feed of a `SQLiteBackend`: processes on one host that tell each other of their commits."""

from __future__ import annotations

import asyncio
import os
import selectors
import socket
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from dara.core.persistence.changelog import Update
from dara.core.persistence.shared import OnLoss, OnUpdate

DIRECTORY_BYTES: Final = 80


class Listener:
    """The callbacks of a server, called on its event loop, until it is closed."""

    def __init__(self, on_update: OnUpdate, on_loss: OnLoss) -> None:
        self._on_update = on_update
        self._on_loss = on_loss
        self._loop = asyncio.get_running_loop()
        self._is_closed = False

    def report(self, news: Collection[tuple[str, Update | None]]) -> None:
        """Report commits; None is one that cannot be read. Like `report_loss`, it may be called in any thread."""

        def report() -> None:
            for key, update in news:
                if self._is_closed:
                    return
                if update:
                    self._on_update(key, update)
                else:
                    self._on_loss([key])

        self._call(report)

    def report_loss(self) -> None:
        """Report that commits of all keys may have been missed."""
        self._call(lambda: None if self._is_closed else self._on_loss(None))

    def close(self) -> None:
        """Call nothing any more."""
        self._is_closed = True

    def _call(self, function: Callable[[], Any]) -> None:
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(function)


class Mailbox:
    """A datagram socket in a directory beside the database, to which other processes write when they have committed.

    A message has no content, and it may be lost: whoever receives one looks into the database, and so does everybody
    from time to time.

    Args:
        directory: the directory of the sockets of all processes. Only their user may enter it.
        name: the name of the socket of this process.
    """

    def __init__(self, directory: Path, name: str) -> None:
        self._directory = directory
        self._name = name
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

    def drain(self) -> None:
        """Drop the messages that have arrived."""
        assert self._socket
        with suppress(BlockingIOError):
            while True:
                self._socket.recv(1)

    def tell_others(self) -> None:
        """Tell all other processes that there is a commit, and remove the sockets of those that have ended."""
        try:
            others = [name for name in os.listdir(self._directory) if name != self._name]
            if others:
                self._sender = self._sender or _new_socket()
                with _short(self._directory) as directory:
                    for name in others:
                        self._tell(f'{directory}/{name}')
        except (OSError, AttributeError):  # nobody follows, or not by sockets
            return

    def close(self, selector: selectors.BaseSelector) -> None:
        """Receive nothing any more."""
        self._leave(selector)
        if self._sender:
            self._sender.close()

    def _tell(self, address: str) -> None:
        assert self._sender
        try:
            self._sender.sendto(b'!', address)
        except ConnectionRefusedError:
            Path(address).unlink(missing_ok=True)
        except OSError:  # too many wait for it already, or it has just ended
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
