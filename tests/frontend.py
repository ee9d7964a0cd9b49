"""A real nginx or Caddy in front of servers, with the file of `examples/production`."""

from __future__ import annotations

import os
import ssl
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx

from tests.process import PATIENCE_SECONDS, unused_port
from tools.system import find

PRODUCTION: Final = Path(__file__).parents[1] / 'examples' / 'production'
NGINX: Final = """
daemon off; master_process off; pid nginx.pid; error_log stderr warn;
events {{ worker_connections 256; }}
http {{
    access_log off; default_type text/plain;
    client_body_temp_path body; proxy_temp_path proxied; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
    {site}
}}
"""
CADDY: Final = """
{{
	admin off
	default_bind 127.0.0.1
	http_port {http}
	https_port {https}
	skip_install_trust
	storage file_system storage
}}
{site}
"""


MAKE_CERTIFICATE: Final = """
openssl req -x509 -nodes -days 2 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1
-subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout privkey.pem -out fullchain.pem
"""


class Frontend:
    """A reverse proxy with TLS, on free ports, in a directory of its own.

    Args:
        servers: the addresses of the servers, `host:port`.
        changes: for a file, a text in it, and the one in its place.

    Attributes:
        url: the address of the app in browsers.
        plain_url: the same without TLS.
        trust: the certificates to trust.
    """

    def __init__(self, directory: Path, servers: list[str], changes: dict[str, tuple[str, str]]) -> None:
        self._directory, self._servers, self._changes = directory, servers, changes
        self._http, self._https = unused_port(), unused_port()
        self.plain_url, self.url = f'http://localhost:{self._http}', f'https://localhost:{self._https}'
        self.trust: ssl.SSLContext

    def __enter__(self) -> Self:
        self._directory.mkdir()
        command = self._prepare()
        program = find(command[0])
        assert program, f'{command[0]} is missing: run tools/system.py'
        environment = {**os.environ, **self._environment}
        with (self._directory / 'log').open('w') as log:
            self._process = subprocess.Popen(
                [program, *command[1:]], cwd=self._directory, env=environment, stdout=log, stderr=log
            )
        self._wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE_SECONDS)

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Request an address below the root, without following redirects."""
        return httpx.get(self.url + path, verify=self.trust, timeout=PATIENCE_SECONDS, **options)

    _environment: dict[str, str] = {}
    _certificate: str

    def _prepare(self) -> list[str]:
        """Write the configuration; return the command that starts the proxy."""
        raise NotImplementedError

    def _changed(self, name: str, changes: dict[str, str]) -> str:
        """Return a file of `examples/production` with these changes, and the one for the test."""
        text = (PRODUCTION / name).read_text()
        for old, new in (*changes.items(), *filter(None, [self._changes.get(name)])):
            assert old in text
            text = text.replace(old, new)
        return text

    def _wait(self) -> None:
        """Wait until the proxy answers."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            with suppress(OSError, httpx.TransportError):
                self.trust = ssl.create_default_context(cafile=self._directory / self._certificate)
                self.get('/_dara/health')
                return
            time.sleep(0.02)
        self._process.kill()
        raise AssertionError((self._directory / 'log').read_text())


class Nginx(Frontend):
    """nginx with a certificate made by openssl."""

    _certificate = 'fullchain.pem'

    def _prepare(self) -> list[str]:
        subprocess.run(MAKE_CERTIFICATE.split(), cwd=self._directory, check=True, capture_output=True)
        changes = {
            'listen 80;': f'listen 127.0.0.1:{self._http};',
            'listen 443 ': f'listen 127.0.0.1:{self._https} ',
            'server_name app.example.org': 'server_name localhost',
            '/etc/letsencrypt/live/app.example.org': str(self._directory),
            'server 127.0.0.1:8000;': ' '.join(f'server {each} max_fails=0;' for each in self._servers),
        }
        text = NGINX.format(site=self._changed('nginx.conf', changes))
        (self._directory / 'nginx.conf').write_text(text)
        return ['nginx', '-p', str(self._directory), '-c', 'nginx.conf', '-e', 'stderr']


class Caddy(Frontend):
    """Caddy with a certificate of its own authority, which nothing but the test trusts."""

    _certificate = 'storage/pki/authorities/local/root.crt'

    def _prepare(self) -> list[str]:
        self._environment = {'APP_DOMAIN': 'localhost', 'APP_SERVERS': ' '.join(self._servers), 'HOME': '.'}
        site = self._changed('Caddyfile', {})
        (self._directory / 'Caddyfile').write_text(CADDY.format(http=self._http, https=self._https, site=site))
        return ['caddy', 'run', '--config', 'Caddyfile', '--adapter', 'caddyfile']
