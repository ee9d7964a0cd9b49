"""`Address`: the parts of the URL of a Postgres database. Errors about it never contain any text of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlencode

DEFAULT_PORT: Final = 5432
OPTIONS: Final = ('host', 'port', 'application_name', 'sslmode', 'sslcert', 'sslkey', 'sslrootcert', 'sslcrl')
EXAMPLE: Final = 'postgresql://user:password@host:5432/database'
_URL: Final = re.compile(
    r'postgres(?:ql)?://(?P<authority>[^/?#]*)(?:/(?P<database>[^/?#@]*))?(?:\?(?P<query>[^#@]*))?'
)
_HOST: Final = re.compile(r'(?P<host>\[[0-9A-Fa-f:.%]+\]|[^:\[\]]*)(?::(?P<port>\d{1,5}))?')


@dataclass(frozen=True, slots=True)
class Address:
    """A database: its server, or several of which one is the primary, and the login."""

    hosts: tuple[str, ...]
    ports: tuple[int, ...]
    database: str | None
    user: str | None = field(repr=False)
    password: str | None = field(repr=False)
    options: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, url: str) -> Address:
        """Return the address in a URL.

        Raises:
            ValueError: it is invalid.
        """
        found = _URL.fullmatch(url)
        if not found:
            raise ValueError(
                f'the address of the database is no URL such as {EXAMPLE}. Characters such as / ? # @ in a user or a '
                'password are written as %2F %3F %23 %40.'
            )
        login, _, servers = found['authority'].rpartition('@')
        user, _, password = login.partition(':')
        if '@' in login or ':' in password:
            raise ValueError('the user or the password in the URL has a character to be written as %40 (@) or %3A (:)')
        options = dict(parse_qsl(found['query'] or '', keep_blank_values=True))
        unknown = sorted(options.keys() - set(OPTIONS))
        if unknown:
            known = ', '.join(OPTIONS)
            raise ValueError(f'the URL of the database has {len(unknown)} unknown options; there are {known}')
        hosts, ports = _servers(servers or options.pop('host', ''), options.pop('port', ''))
        return cls(
            hosts,
            ports,
            unquote(found['database'] or '') or None,
            unquote(user) or None,
            unquote(password) or None,
            tuple(options.items()),
        )

    def __str__(self) -> str:
        servers = ', '.join(f'{host}:{port}' for host, port in zip(self.hosts, self.ports, strict=True)) or 'local'
        return f'Postgres at {servers}, database {self.database or "of the user"}'

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of `asyncpg.connect`. Those that it would parse hold no secret."""
        given = {
            'host': list(self.hosts),
            'port': list(self.ports),
            'database': self.database,
            'user': self.user,
            'password': self.password,
        }
        options = {key: value for key, value in self.options if key != 'application_name'}
        return {'dsn': f'postgresql:///?{urlencode(options)}', **{key: value for key, value in given.items() if value}}

    @property
    def application_name(self) -> str:
        """The name of the app that the server shows for its connections."""
        return dict(self.options).get('application_name', 'dara')


def _servers(given: str, port: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the hosts and ports of a list such as `one:5432,other`."""
    hosts, ports = [], []
    for each in given.split(',') if given else ():
        found = _HOST.fullmatch(unquote(each))
        number = found and (found['port'] or port or str(DEFAULT_PORT))
        if not found or not found['host'] or not number or not number.isdigit() or not 0 < int(number) < 2**16:
            raise ValueError(
                f'the URL of the database has a host or a port that is invalid; it looks like {EXAMPLE}. Characters '
                'such as / ? # @ : in a user or a password are written as %2F %3F %23 %40 %3A.'
            )
        hosts.append(found['host'].strip('[]'))
        ports.append(int(number))
    return tuple(hosts), tuple(ports)
