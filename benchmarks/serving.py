"""A server process: started in a directory of its own, measured, and stopped."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped, unused-ignore]  # has no types of its own

from benchmarks.systems import System

PATIENCE_SECONDS: Final = 60
_CPUCLOCK_SCHED: Final = 2
"""The kind of a process's clock, in Linux's numbers of clocks: the nanoseconds that its threads have run."""


class ServerFailed(Exception):
    """Failure of a server: it ended, or did not answer in time; the message has its output."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. `first_byte_seconds` is the time from spawning it to the first byte of its page."""

    port: int
    process: psutil.Process
    first_byte_seconds: float

    @property
    def url(self) -> str:
        return f'http://127.0.0.1:{self.port}'

    def rss(self) -> float:
        """Return the resident memory of the process and its children, in MB (10^6 bytes)."""
        return float(sum(each.memory_info().rss for each in self._family())) / 1e6

    def cpu_seconds(self) -> float:
        """Return the CPU time that the process and its children have used, by the kernel's clock of each process."""
        return sum(time.clock_gettime(~each.pid << 3 | _CPUCLOCK_SCHED) for each in self._family())

    def _family(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


@contextlib.contextmanager
def serving(system: System) -> Iterator[Server]:
    """Run the system's app in an empty directory until the block ends; start the block after the first page was served.

    Raises:
        ServerFailed: there was no page within a minute.
    """
    _allow_many_sockets()
    with tempfile.TemporaryDirectory(prefix='dara-benchmark-') as directory:
        shutil.copy(system.app, directory)
        port = _free_port()
        log = Path(directory) / 'server.log'
        began = time.monotonic()
        process = _spawn(system, port, Path(directory), log)
        try:
            _await_page(process, port, log)
            yield Server(port, psutil.Process(process.pid), time.monotonic() - began)
        finally:
            _stop(process)


def _spawn(system: System, port: int, directory: Path, log: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **dict(system.environment)}
    with log.open('wb') as output:
        return subprocess.Popen(
            system.command(port), cwd=directory, env=environment, stdout=output, stderr=output, start_new_session=True
        )


def _await_page(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            _read_first_byte(port)
        except OSError:
            time.sleep(0.005)
        else:
            return
    raise ServerFailed(f'no page from {process.args!r}; it printed:\n{log.read_text()[-3000:]}')


def _read_first_byte(port: int) -> None:
    connection = HTTPConnection('127.0.0.1', port, timeout=PATIENCE_SECONDS)
    with contextlib.closing(connection):
        connection.request('GET', '/')
        response = connection.getresponse()
        if response.status >= 400 or not response.read(1):
            raise ServerFailed(f'the page is a {response.status}')


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop the process and its children, which form a session of their own."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        port: int = taken.getsockname()[1]
        return port


def _allow_many_sockets() -> None:
    """Raise this process's limit of open files as far as permitted; its servers inherit the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 20_000 if hard == resource.RLIM_INFINITY else min(20_000, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
