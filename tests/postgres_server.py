"""A real Postgres server for a test: started on a free port of this machine, stopped by its pid."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import asyncpg
import psutil

from tests.process import unused_port

BINARIES: Final = max(
    Path('/usr/lib/postgresql').glob('*/bin'), default=Path(shutil.which('postgres') or '/usr/bin/postgres').parent
)
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
    """A server with a database cluster in a temporary directory of its own.

    with PostgresServer() as server:
        backend = PostgresBackend(server.dsn)

    Args:
        config: further lines of `postgresql.conf`.
        primary: the URL of a running server, of which this one is a standby.
    """

    def __init__(self, config: str = '', primary: str | None = None) -> None:
        self.port = 0
        self._config = config
        self._primary = primary
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> PostgresServer:
        self._temporary = new_directory()
        self.directory = Path(self._temporary.name)
        self._create()
        self.port = unused_port()  # now, because to create the cluster takes a while
        with (self._data / 'postgresql.conf').open('a') as file:
            file.write(f'{CONFIG}\nport = {self.port}\n{self._config}\n')
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._temporary.cleanup()

    def _create(self) -> None:
        """Create the cluster."""
        if self._primary:
            options = ['--write-recovery-conf', '--checkpoint=fast', f'--dbname={self._primary}']
            self.run('pg_basebackup', *options, f'--pgdata={self._data}')
            return
        run(['cp', '--recursive', f'{empty_cluster()}', str(self._data)], self.directory)

    @property
    def _data(self) -> Path:
        return self.directory / 'data'

    @property
    def dsn(self) -> str:
        return self.dsn_by(self.port)

    def dsn_by(self, *ports: int) -> str:
        """Return the URL of the database through other ports of this machine."""
        hosts = ','.join(f'127.0.0.1:{port}' for port in ports)
        return f'postgresql://dara:{QUOTED_PASSWORD}@{hosts}/postgres'

    @property
    def log(self) -> str:
        """The text that the server has logged so far."""
        return (self.directory / 'log').read_text()

    def start(self) -> PostgresServer:
        """Start the server, and wait until it answers."""
        with (self.directory / 'log').open('ab') as log:
            self._process = subprocess.Popen(
                as_other_user([str(BINARIES / 'postgres'), '-D', str(self._data)]),
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
        self.run('pg_ctl', 'promote', '--wait', '-D', str(self._data))

    async def configure(self, **settings: str) -> None:
        """Change settings while the server runs."""
        async with connected(self.dsn) as connection:
            for name, value in settings.items():
                await connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            await connection.execute('SELECT pg_reload_conf()')

    async def cut_connections(self) -> None:
        """End the connections of all servers of Dara."""
        async with connected(self.dsn) as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dara'"
            )

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
            self.resume()
            self._process.send_signal(signal.SIGINT)
            self._process.wait()
            self._process = None

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the programs of Postgres."""
        run([str(BINARIES / program), *arguments], self.directory)

    def _signal(self, number: signal.Signals) -> None:
        """Send a signal to all processes of the server, the newest last."""
        assert self._process
        found = [psutil.Process(self._process.pid)]
        for each in [*found, *found[0].children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                each.send_signal(number)


def new_directory() -> TemporaryDirectory[str]:
    """Return a directory for the user that runs the server, to whom those of pytest are closed."""
    directory = TemporaryDirectory(prefix='dara-postgres-', ignore_cleanup_errors=True)
    if os.geteuid() == 0:
        shutil.chown(directory.name, OTHER_USER)
    return directory


@cache
def empty_cluster() -> Path:
    """Create a cluster with one user that has a password, once for all servers, which begin with copies of it."""
    temporary = new_directory()
    atexit.register(temporary.cleanup)
    directory = Path(temporary.name)
    password = directory / 'password'
    password.write_text(PASSWORD)
    password.chmod(0o644)
    options = ['--username=dara', f'--pwfile={password}', '--auth=scram-sha-256', '--no-sync', '--encoding=UTF8']
    run([str(BINARIES / 'initdb'), *options, '--locale=C.UTF-8', str(directory / 'data')], directory)
    return directory / 'data'


def run(command: list[str], directory: Path) -> None:
    """Run a program as the user that runs the server."""
    done = subprocess.run(as_other_user(command), cwd=directory, capture_output=True, text=True)
    assert not done.returncode, done.stderr


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """Connect to a database as another program does; the connection is closed whatever happens."""
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
        await connection.close()
    finally:
        connection.terminate()


def as_other_user(command: list[str]) -> list[str]:
    if os.geteuid() != 0:
        return command
    return ['setpriv', f'--reuid={OTHER_USER}', '--regid=nogroup', '--clear-groups', *command]
