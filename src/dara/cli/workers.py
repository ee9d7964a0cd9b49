"""The parent process of `dara start --workers N`: it starts the workers, and replaces those that end."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import click

from dara.core._fleet import FOLDER
from dara.core._temporary import TemporaryFolder

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
MIN_LIFE_SECONDS: Final = 10
"""The life of a worker after which its end is not a fault of the app."""
MAX_PAUSE_SECONDS: Final = 5
Work: TypeAlias = Callable[[Callable[[], None], bool], int]
"""The work of a worker: it gets the function to call when it serves, and whether it is the first of all."""


@dataclass(slots=True, eq=False)
class _Worker:
    """A worker process.

    Attributes:
        ready: the end of a pipe that is readable once the worker serves or has ended.
        replaces: the worker that ends when this one serves.
    """

    pid: int
    ready: int
    replaces: _Worker | None = None
    began: float = field(default_factory=time.monotonic)
    serves: bool = False
    is_leaving: bool = False


class _Child(Exception):
    """The way out of the supervisor's code in a new worker."""

    def __init__(self, on_ready: Callable[[], None], *, is_first: bool) -> None:
        self.on_ready = on_ready
        self.is_first = is_first


def supervise(number: int, work: Work) -> int:
    """Run `work` in that many processes until this one receives SIGTERM or SIGINT; return the exit code.

    SIGHUP replaces the workers, one after the other, by new ones, which import the app anew. In each worker this
    function returns what `work` returns.
    """
    folder = TemporaryFolder()
    os.environ[FOLDER] = str(folder.path)
    try:
        code = _Supervisor(number).run()
    except _Child as child:
        return work(child.on_ready, child.is_first)
    folder.remove()
    return code


class _Supervisor:
    """A loop that waits for signals, and for workers that are ready."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._workers: list[_Worker] = []
        self._outdated: list[_Worker] = []
        self._has_started = self._has_served = False
        self._selector = selectors.DefaultSelector()
        self._parent_ends = os.pipe()  # its writing end is closed by the end of this process
        self._wake, self._waker = socket.socketpair()
        self._wake.setblocking(False)
        self._waker.setblocking(False)
        self._pauses = 0
        self._restart_at: float | None = None
        self._is_stopping = False
        self._exit_code = 0

    def run(self) -> int:
        """Start the first worker, then the others, and keep them running."""
        self._selector.register(self._wake, selectors.EVENT_READ)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        for each in SIGNALS:
            signal.signal(each, lambda *_: None)
        self._start()
        while self._workers or self._restart_at is not None:
            for key, _ in self._selector.select(self._pause()):
                if key.data is None:
                    self._handle_signals()
                elif key.data in self._workers:
                    self._note_ready(key.data)
            if self._restart_at is not None and time.monotonic() >= self._restart_at:
                self._restart_at = None
                self._fill_up()
        return self._exit_code

    def _pause(self) -> float | None:
        return None if self._restart_at is None else max(0, self._restart_at - time.monotonic())

    def _start(self, replaces: _Worker | None = None) -> None:
        ready, told = os.pipe()
        pid = os.fork()
        if pid == 0:
            self._become_worker(ready)
            raise _Child(lambda: _tell(told), is_first=not self._has_started)
        os.close(told)
        self._has_started = True
        worker = _Worker(pid, ready, replaces)
        self._workers.append(worker)
        self._selector.register(ready, selectors.EVENT_READ, worker)

    def _become_worker(self, ready: int) -> None:
        """Leave the state of the parent behind, in the new process."""
        signal.set_wakeup_fd(-1)
        for each in SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self._selector.close()
        self._wake.close()
        self._waker.close()
        for file in (ready, self._parent_ends[1], *(worker.ready for worker in self._workers)):
            os.close(file)
        end_with_parent(self._parent_ends[0])

    def _note_ready(self, worker: _Worker) -> None:
        """Note that a worker serves, unless the pipe tells that it has ended."""
        self._selector.unregister(worker.ready)
        worker.serves = bool(os.read(worker.ready, 1))
        if not worker.serves:
            return  # SIGCHLD tells the rest
        self._has_served = True
        replaced, worker.replaces = worker.replaces, None
        if replaced:
            self._end(replaced)
        self._replace_next()
        self._fill_up()

    def _fill_up(self) -> None:
        """Start the workers that are missing, unless the first of all has not been seen to serve."""
        lasting = [worker for worker in self._workers if not worker.is_leaving and worker.replaces is None]
        if not self._is_stopping and (not lasting or any(worker.serves for worker in lasting)):
            for _ in range(self._number - len(lasting)):
                self._start()

    def _handle_signals(self) -> None:
        for number in set(self._wake.recv(1024)):
            match number:
                case signal.SIGCHLD:
                    self._reap()
                case signal.SIGHUP:
                    replaced = [each.replaces for each in self._workers]
                    self._outdated = [each for each in self._workers if not (each.is_leaving or each in replaced)]
                    self._replace_next()
                case signal.SIGTERM | signal.SIGINT:
                    self._stop()

    def _stop(self) -> None:
        self._is_stopping, self._restart_at = True, None
        for worker in self._workers:
            self._end(worker)

    def _end(self, worker: _Worker) -> None:
        worker.is_leaving = True
        with suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGTERM)

    def _replace_next(self) -> None:
        """Start a worker in place of an outdated one, which ends when the new one serves; one at a time."""
        self._outdated = [worker for worker in self._outdated if worker in self._workers]
        if self._outdated and not self._is_stopping and not any(worker.replaces for worker in self._workers):
            self._start(replaces=self._outdated.pop(0))

    def _reap(self) -> None:
        for worker in list(self._workers):
            pid, status = os.waitpid(worker.pid, os.WNOHANG)
            if pid:
                self._workers.remove(worker)
                with suppress(KeyError):
                    self._selector.unregister(worker.ready)
                os.close(worker.ready)
                self._handle_end(worker, os.waitstatus_to_exitcode(status))

    def _handle_end(self, worker: _Worker, code: int) -> None:
        if worker.is_leaving or self._is_stopping:
            return
        successor = next((each for each in self._workers if each.replaces is worker), None)
        if worker.replaces:
            _report(f'a new worker has ended with {_told(code)} before it served; the old ones go on')
            # Unless SIGHUP has come since it started, the next ones would end, too.
            self._outdated = [worker.replaces, *self._outdated] if worker in self._outdated else []
            self._replace_next()
        elif successor:
            _report(f'worker {worker.pid} has ended with {_told(code)}; its replacement is being started')
            successor.replaces = None
        elif not self._has_served:
            self._exit_code = code if code > 0 else 1
            self._stop()
        else:
            self._restart(worker, code)

    def _restart(self, worker: _Worker, code: int) -> None:
        """Start another worker: at once, or after a pause that grows while workers end soon."""
        _report(f'worker {worker.pid} has ended with {_told(code)}; another one is started')
        self._pauses = self._pauses + 1 if time.monotonic() - worker.began < MIN_LIFE_SECONDS else 0
        pause = min(MAX_PAUSE_SECONDS, 0.1 * 2**self._pauses) if self._pauses > 1 else 0
        self._restart_at = time.monotonic() + pause


def end_with_parent(reading: int) -> None:
    """End this process as by SIGTERM when the process with the other end of the pipe has ended."""

    def wait() -> None:
        os.read(reading, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name='dara-parent', daemon=True).start()


def _tell(told: int) -> None:
    with suppress(BrokenPipeError):  # the parent has ended, and this process is about to
        os.write(told, b'1')
    os.close(told)


def _told(code: int) -> str:
    return f'signal {signal.Signals(-code).name}' if code < 0 else f'exit code {code}'


def _report(event: str) -> None:
    click.echo(f'dara: {event}', err=True)
