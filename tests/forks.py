"""Python processes that start at once: forks of one process that has imported Dara already.

The import takes a second of a processor, and the tests start a thousand processes. A fork is a process of its own.
`python -m tests.forks FD` is the process that forks; it has a single thread.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, TypedDict

ROOT: Final = Path(__file__).parent.parent
PRELOADED: Final = (
    'dara.cli',
    'dara.components',
    'dara.core.asgi',
    'uvicorn.loops.uvloop',
    'uvicorn.protocols.http.httptools_impl',
    'uvicorn.protocols.websockets.websockets_sansio_impl',
)
LAZY: Final = ('dara.core', 'dara.components', 'dara.core.persistence')
"""Packages that import what they offer when it is used."""
REQUEST_BYTES: Final = 2**17
_INTEGER: Final = struct.Struct('i')


class _Job(TypedDict):
    arguments: list[str]
    cwd: str
    env: dict[str, str]


class Fork:
    """A process that runs `python ARGUMENTS`, with the methods of `subprocess.Popen` that tests use.

    Args:
        arguments: `-m MODULE ...`, a module with a function `main`, or `-c CODE ...`.
        stdout: the file that takes the output; without one it goes to the attribute `stdout`, a pipe.
        stderr: the file that takes the errors; without one they go where those of the tests go.
    """

    def __init__(
        self,
        arguments: list[str],
        *,
        cwd: Path,
        stdout: IO[Any] | None = None,
        stderr: IO[Any] | None = None,
        env: dict[str, str] | None = None,
    ) -> None:
        self._status, status = os.pipe()
        read, write = (None, os.dup(stdout.fileno())) if stdout else os.pipe()
        files = [write, os.dup(stderr.fileno() if stderr else 2), status]
        job = _Job(arguments=arguments, cwd=str(cwd), env=env or dict(os.environ))
        socket.send_fds(_fork_server(), [json.dumps(job).encode()], files)
        for file in files:
            os.close(file)
        self.stdout: IO[str] | None = None if read is None else os.fdopen(read)
        self.returncode: int | None = None
        self.pid = self._read_status()

    def __enter__(self) -> Fork:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.stdout:
            self.stdout.close()
        self.wait()

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it has ended since
                os.kill(self.pid, number)

    def poll(self) -> int | None:
        """Return the exit code, or `None` while the process runs."""
        if self.returncode is None and select.select([self._status], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end of the process, and return its exit code: minus the signal if a signal ended it."""
        if self.returncode is None:
            if not select.select([self._status], [], [], timeout)[0]:
                raise TimeoutError(f'process {self.pid} still runs after {timeout} s')
            self.returncode = self._read_status()
            os.close(self._status)
        return self.returncode

    def _read_status(self) -> int:
        number: int = _INTEGER.unpack(os.read(self._status, _INTEGER.size))[0]
        return number


def run_script(name: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program of `tests/scripts` to its end."""
    return run(['-c', script(name), *arguments], cwd=cwd)


def script(name: str) -> str:
    """Return the source text of a program of `tests/scripts`."""
    return (ROOT / f'tests/scripts/{name}.py').read_text()


def run(arguments: list[str], *, cwd: Path, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run `python ARGUMENTS` to its end, as `subprocess.run` does."""
    with tempfile.TemporaryFile('w+') as stdout, tempfile.TemporaryFile('w+') as stderr:
        code = Fork(arguments, cwd=cwd, stdout=stdout, stderr=stderr).wait(timeout)
        for file in (stdout, stderr):
            file.seek(0)
        return subprocess.CompletedProcess(arguments, code, stdout.read(), stderr.read())


@functools.cache
def _fork_server() -> socket.socket:
    """Start the process that forks. It ends when this socket to it is closed."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, '-m', 'tests.forks', str(theirs.fileno())]
        process = subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()])
    atexit.register(process.wait)
    atexit.register(ours.close)
    return ours


def _serve(requests: socket.socket) -> _Job:
    """Fork at each request, until there are no more. Return in the forks alone, each with its job."""
    for name in PRELOADED:
        importlib.import_module(name)
    for name in LAZY:
        package = importlib.import_module(name)
        for each in package.__all__:
            getattr(package, each)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        request, files, _, _ = socket.recv_fds(requests, REQUEST_BYTES, 3)
        if not request:
            sys.exit()
        if os.fork() == 0:
            requests.close()
            _fork(*files)
            job: _Job = json.loads(request)
            return job
        for file in files:
            os.close(file)


def _fork(stdout: int, stderr: int, status: int) -> None:
    """Fork, and return in the fork alone. Its parent waits for its end and reports the exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        os.close(status)
        os.dup2(stdout, 1)
        os.dup2(stderr, 2)
    os.close(stdout)
    os.close(stderr)
    if pid:
        os.write(status, _INTEGER.pack(pid))
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.write(status, _INTEGER.pack(code))
        os._exit(0)


def _run(job: _Job) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(job['cwd'])
    os.environ.clear()
    os.environ.update(job['env'])
    kind, code, *sys.argv[1:] = job['arguments']
    sys.path[:1] = [job['cwd'], str(ROOT)]
    if kind == '-c':
        exec(compile(code, '<string>', 'exec'), {'__name__': '__main__'})
    else:
        importlib.import_module(code).main()


if __name__ == '__main__':
    _run(_serve(socket.socket(fileno=int(sys.argv[1]))))
