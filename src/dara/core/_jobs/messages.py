"""The messages between the server and the processes of jobs, and their way through a socket."""

from __future__ import annotations

import pickle
import socket
import struct
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

RESULT_BYTES: Final = 256 * 1024 * 1024
"""The size of the largest result of a job."""
_LENGTH: Final = struct.Struct('!Q')


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a job.

    Attributes:
        percent: from 0 to 100.
        seconds: the time after which `percent` is expected to be reached; 0: it is reached.
        reads_user: whether the job has read its user or session, so that its messages are for that user alone.
    """

    percent: float
    message: str
    seconds: float = 0
    reads_user: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a job: its result, pickled, or its error.

    Attributes:
        user: whether the job has read its user.
        session: whether it has read the session of its user.
    """

    result: bytes
    error: BaseException | None
    user: bool = False
    session: bool = False


class Channel:
    """One end of a connection that carries pickled objects. Both ends are processes of this server."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._lock = Lock()

    def send(self, message: Any) -> None:
        """Send an object. Raises what `pickle.dumps` does, and OSError."""
        self.send_bytes(pickle.dumps(message, pickle.HIGHEST_PROTOCOL))

    def send_bytes(self, pickled: bytes) -> None:
        """Send an object that is pickled already. Raises OSError."""
        with self._lock:
            self._socket.sendall(_LENGTH.pack(len(pickled)))
            self._socket.sendall(pickled)

    def receive(self) -> Any:
        """Wait for an object, and return it. Raises what `receive_bytes` and `pickle.loads` do."""
        return pickle.loads(self.receive_bytes())  # noqa: S301  # the other end is a process of this server

    def receive_bytes(self) -> bytearray:
        """Wait for an object, and return it pickled.

        Raises:
            EOFError: the other process has ended.
        """
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size))
        return self._read(length)

    def close(self) -> None:
        """Close this end."""
        self._socket.close()

    def _read(self, length: int) -> bytearray:
        content = bytearray(length)
        view, read = memoryview(content), 0
        while read < length:
            try:
                count = self._socket.recv_into(view[read:])
            except OSError as error:
                raise EOFError from error
            if count == 0:
                raise EOFError
            read += count
        return content
