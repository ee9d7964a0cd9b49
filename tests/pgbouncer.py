"""PgBouncer in transaction mode before a Postgres server, for a test."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.postgres_server import OTHER_USER, PASSWORD, PostgresServer, as_other_user
from tests.process import unused_port


class PgBouncer:
    """A pooler on a free port, with few connections to the database.

    with PgBouncer(server) as pooler:
        backend = PostgresBackend(pooler.dsn, listen_dsn=server.dsn)

    Args:
        config: further lines of its configuration.
    """

    def __init__(self, server: PostgresServer, config: str = '') -> None:
        self.port = unused_port()
        self._server = server
        self._config = config

    def __enter__(self) -> PgBouncer:
        self._temporary = TemporaryDirectory(prefix='dara-pgbouncer-')
        directory = Path(self._temporary.name)
        if os.geteuid() == 0:
            shutil.chown(directory, OTHER_USER)
        (directory / 'users').write_text(f'"dara" "{PASSWORD}"\n')
        target = f'host=127.0.0.1 port={self._server.port}'
        (directory / 'pgbouncer.ini').write_text(
            f'[databases]\npostgres = {target}\n[pgbouncer]\n'
            f'listen_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =\nauth_type = plain\n'
            f'auth_file = {directory}/users\npool_mode = transaction\ndefault_pool_size = 4\n'
            f'{self._config}\n'
        )
        command = [shutil.which('pgbouncer') or '/usr/sbin/pgbouncer', '--quiet', str(directory / 'pgbouncer.ini')]
        self._process = subprocess.Popen(as_other_user(command), cwd=directory)
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._temporary.cleanup()

    @property
    def dsn(self) -> str:
        return self._server.dsn_by(self.port)

    def _wait(self) -> None:
        while self._process.poll() is None:
            with suppress(OSError), socket.create_connection(('127.0.0.1', self.port)):
                return
            time.sleep(0.01)
        raise AssertionError('PgBouncer did not start')
