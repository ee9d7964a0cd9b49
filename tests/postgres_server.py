"""A real Postgres server for a test: started on a free port of this machine, stopped by its pid."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from tests.process import unused_port

BINARIES: Final = max(Path('/usr/lib/postgresql').glob('*/bin'), default=Path('/usr/bin'))
PASSWORD: Final = 'se/cr@t:pass'
QUOTED_PASSWORD: Final = 'se%2Fcr%40t%3Apass'
OTHER_USER: Final = 'nobody'
"""The user of servers that root starts; Postgres refuses to run as root."""
CONFIG: Final = """
fsync = on
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 60
shared_buffers = 32MB
max_wal_size = 256MB
checkpoint_timeout = 1h
autovacuum_naptime = 10min
logging_collector = off
"""


class PostgresServer:
    """A server with a database cluster in a directory of its own.

    Args:
        config: further lines of `postgresql.conf`.
    """

    def __init__(self, directory: Path, config: str = '') -> None:
        self.directory = directory / 'postgres'
        self.port = unused_port()
        self._config = config
        self._process: subprocess.Popen[bytes] | None = None

    def create(self) -> PostgresServer:
        """Create the cluster, with one user that has a password."""
        self._make_directory()
        password = self.directory.parent / 'password'
        password.write_text(PASSWORD)
        password.chmod(0o644)
        options = ['--username=dara', f'--pwfile={password}', '--auth=scram-sha-256', '--no-sync', '--encoding=UTF8']
        self.run('initdb', *options, '--locale=C.UTF-8', str(self.directory))
        return self.configure()

    def copy_of(self, primary: PostgresServer) -> PostgresServer:
        """Create a standby of a running server."""
        self._make_directory()
        self.run('pg_basebackup', '--write-recovery-conf', f'--pgdata={self.directory}', f'--dbname={primary.dsn}')
        return self.configure()

    def configure(self) -> PostgresServer:
        with (self.directory / 'postgresql.conf').open('a') as file:
            file.write(f'{CONFIG}\nport = {self.port}\n{self._config}\n')
        return self

    @property
    def dsn(self) -> str:
        return f'postgresql://dara:{QUOTED_PASSWORD}@127.0.0.1:{self.port}/postgres'

    @property
    def log(self) -> str:
        """The text that the server has logged so far."""
        return (self.directory.parent / 'postgres.log').read_text()

    def start(self) -> PostgresServer:
        """Start the server, and wait until it answers."""
        with (self.directory.parent / 'postgres.log').open('ab') as log:
            self._process = subprocess.Popen(
                _as_other_user([str(BINARIES / 'postgres'), '-D', str(self.directory)]),
                cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.wait_until_ready()
        return self

    def wait_until_ready(self) -> None:
        """Wait until the server answers."""
        command = [str(BINARIES / 'pg_isready'), '--host=127.0.0.1', f'--port={self.port}', '--quiet', '--timeout=1']
        assert self._process
        while subprocess.run(command).returncode:
            assert self._process.poll() is None, self.log

    def promote(self) -> None:
        """Make a standby the primary, and wait for that."""
        self.run('pg_ctl', 'promote', '--wait', '-D', str(self.directory))

    def pause(self) -> None:
        """Stop all processes of the server; its connections stay open."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Continue after `pause`."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill all processes of the server without a warning."""
        self._signal(signal.SIGKILL)
        assert self._process
        self._process.wait()
        self._process = None

    def stop(self) -> None:
        """Shut the server down, without waiting for its clients."""
        if self._process:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()
            self._process = None

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the programs of Postgres."""
        command = _as_other_user([str(BINARIES / program), *arguments])
        done = subprocess.run(command, cwd=self.directory, capture_output=True, text=True)
        assert not done.returncode, done.stderr

    def _make_directory(self) -> None:
        self.directory.mkdir()
        if os.geteuid() == 0:
            shutil.chown(self.directory, OTHER_USER)
            for parent in list(self.directory.parents)[:-2]:  # those of pytest are its user's alone
                parent.chmod(parent.stat().st_mode | 0o011)

    def _signal(self, number: signal.Signals) -> None:
        """Send a signal to all processes of the server, the newest last."""
        assert self._process
        found = [psutil.Process(self._process.pid)]
        for each in [*found, *found[0].children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                each.send_signal(number)


def _as_other_user(command: list[str]) -> list[str]:
    if os.geteuid() != 0:
        return command
    return ['setpriv', f'--reuid={OTHER_USER}', '--regid=nogroup', '--clear-groups', *command]
