"""Redis servers of tests."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from redis import Redis
from redis.exceptions import ConnectionError as NoConnection

PROGRAM: Final = os.environ.get('REDIS_SERVER') or next(
    filter(shutil.which, ('redis-server', 'valkey-server')), 'redis-server'
)
"""The program of all servers. Valkey's takes the same arguments."""
SECONDS: Final = 10


class RedisServer:
    """A Redis server on a free port of this machine, in a temporary directory.

    with RedisServer(appendfsync='always') as server:
        backend = RedisBackend(server.url)

    Args:
        settings: settings of Redis, with `_` for `-`.
    """

    def __init__(self, **settings: str) -> None:
        self.port = free_port()
        quick = {'save': '', 'repl_diskless_sync_delay': '0'}
        self._settings = {'appendonly': 'yes', 'appendfsync': 'everysec', **quick, **settings}
        self._directory = Path(tempfile.mkdtemp(prefix='redis'))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> RedisServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        shutil.rmtree(self._directory)

    @property
    def url(self) -> str:
        return f'redis://127.0.0.1:{self.port}/0'

    @property
    def is_synced(self) -> bool:
        """True if each commit is on disk before it is answered."""
        return self._settings['appendfsync'] == 'always'

    @property
    def log_bytes(self) -> int:
        """The size of the append-only files."""
        return sum(file.stat().st_size for file in self._directory.glob('appendonlydir/*.aof'))

    def start(self) -> None:
        """Start the server, again after `kill`, and wait until it answers."""
        place = ['--port', str(self.port), '--bind', '127.0.0.1', '--dir', str(self._directory)]
        command = [PROGRAM, *self._arguments(), *place]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + SECONDS
        while not self._answers():
            assert self._process.poll() is None, f'{PROGRAM} has ended'
            assert time.monotonic() < deadline, f'{PROGRAM} does not answer'
            time.sleep(0.01)

    def _arguments(self) -> list[str]:
        settings = ((f'--{name.replace("_", "-")}', value) for name, value in self._settings.items())
        return [part for name, value in settings for part in (name, *(value.split(' ') if value else ['']))]

    def call(self, *command: str | bytes | int) -> Any:
        """Run a command as another program would."""
        with Redis(port=self.port, protocol=2, socket_timeout=SECONDS) as client:
            return client.execute_command(*command)

    def info(self, section: str) -> bytes:
        """Return what the server tells of itself."""
        with Redis(port=self.port, protocol=2, socket_timeout=SECONDS) as client:
            client.set_response_callback('INFO', lambda answer, **_: answer)
            found: bytes = client.execute_command('INFO', section)
            return found

    def replicate(self, port: int) -> None:
        """Become the replica of the server at a port, and wait until its data is here."""
        self.call('REPLICAOF', '127.0.0.1', port)
        while b'master_link_status:up' not in self.info('replication'):
            time.sleep(0.02)

    def kill(self) -> None:
        """End the server at once, without a chance to save anything."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def cut_power(self, seconds: float) -> None:
        """End the server after some seconds, without what it has written to files meanwhile, as a power cut does."""
        sizes = {file: file.stat().st_size for file in self._directory.glob('appendonlydir/*.aof')}
        time.sleep(seconds)
        self.kill()
        for file, size in sizes.items():
            os.truncate(file, size)

    def pause(self) -> None:
        """Stop the process. Its connections stay open."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        assert self._process
        os.kill(self._process.pid, number)

    def _answers(self) -> bool:
        try:
            self.call('PING')
        except NoConnection:  # also while it loads its file
            return False
        return True


class Sentinel(RedisServer):
    """A Sentinel, which watches nothing."""

    def _arguments(self) -> list[str]:
        file = self._directory / 'sentinel.conf'
        file.touch()
        return [str(file), '--sentinel']


def free_port() -> int:
    """Return a port of this machine that nobody uses now."""
    with socket.create_server(('127.0.0.1', 0)) as free:
        return int(free.getsockname()[1])
