"""`JobProcess`: a process that runs jobs, as the server sees it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Lock

from dara.core import _messages as messages
from dara.core._jobs.functions import PROGRAM
from dara.core._jobs.messages import Channel, Outcome, Progress
from dara.core.errors import JobFailed


class JobProcess:
    """A process that runs one job at a time. It is started by its first job.

    It is an interpreter of its own that imports the modules of the functions that it runs, not a copy of the server:
    that has threads, and connections.

    Attributes:
        is_usable: whether it can run another job.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._popen: subprocess.Popen[bytes] | None = None
        self._channel: Channel | None = None
        self._is_killed = False
        self.is_usable = True

    def run(self, request: bytes, on_progress: Callable[[Progress], None]) -> Outcome:
        """Run a job, and return its outcome. It blocks.

        Raises:
            JobFailed: the process has ended.
            OSError: no process can be started.
        """
        is_done = False
        try:
            channel = self._start()
            channel.send_bytes(request)
            while not isinstance(received := channel.receive(), Outcome):
                on_progress(received)
            is_done = True
            return received
        except (EOFError, BrokenPipeError, ConnectionResetError):
            raise JobFailed(messages.job_process_ended(self._end())) from None
        finally:
            if not is_done:
                self.kill()

    def kill(self) -> None:
        """End the process at once, whatever it does. May be called in any thread."""
        with self._lock:
            self._is_killed, self.is_usable = True, False
            if self._popen:
                self._popen.kill()

    def close(self) -> None:
        """End the process, and wait for that."""
        self.kill()
        if self._popen:
            self._popen.wait()
        if self._channel:
            self._channel.close()

    def _start(self) -> Channel:
        with self._lock:
            if self._is_killed:
                raise EOFError
            if self._channel is None:
                ours, theirs = socket.socketpair()
                with theirs:
                    number = theirs.fileno()
                    self._popen = subprocess.Popen(  # noqa: S603  # this interpreter
                        [sys.executable, '-m', PROGRAM, str(number)],
                        pass_fds=[number],
                        stdin=subprocess.DEVNULL,
                        env={**os.environ, 'PYTHONPATH': os.pathsep.join(each or os.getcwd() for each in sys.path)},
                        start_new_session=True,  # signals of the terminal are for the server
                    )
                self._channel = Channel(ours)
            return self._channel

    def _end(self) -> str:
        """Wait for the end of the process, and describe it."""
        if self._popen is None:
            return messages.JOB_CANCELLED
        code = self._popen.wait()
        if code >= 0:
            return f'exit code {code}'
        with suppress(ValueError):
            return signal.Signals(-code).name
        return f'signal {-code}'
