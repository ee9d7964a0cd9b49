"""`Setup`: the checks and preparations of a connection to Redis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from redis.exceptions import NoPermissionError, NoScriptError, ReadOnlyError, ResponseError

from dara.core.errors import InvalidConfig
from dara.core.persistence.databases.redis_link import CLUSTER, Command, Link, Session
from dara.core.persistence.databases.redis_scripts import LIBRARY, SCRIPTS, Names

SCHEMA: Final = 1
OLDEST: Final = 7
NO_DATABASES: Final = {
    'cluster': CLUSTER,
    'sentinel': 'it is a Sentinel, which keeps no values; give the address of the primary, or a name or a proxy that '
    'leads to it',
}
"""The modes of a server that keeps no values for `RedisBackend`, with what to do."""


class Setup:
    """The checks and preparations of each connection to one database.

    Args:
        place: the place of the database, for messages.
        waits: whether commits wait for replicas.

    Attributes:
        durability: the durability of a commit in the database, as far as it is known.
    """

    def __init__(self, place: str, names: Names, *, waits: bool) -> None:
        self._place = place
        self._names = names
        self._waits = waits
        self._last: tuple[str, Any] = ('', None)
        self.durability = 'process'

    async def prepare(self, session: Session) -> None:
        """Prepare a connection for the commands of the backend.

        Raises:
            InvalidConfig: the database cannot be used as it is.
            ConnectionError: it cannot be used now.
        """
        info = await self._check(session)
        await self._end_last(session, info['run_id'])
        await self._define(session)
        await self._check_rights(session)

    async def _check(self, session: Session) -> dict[str, str]:
        answer, fsync = await session.call([('INFO',), ('CONFIG', 'GET', 'appendfsync')])
        self._raise(('INFO',), answer)
        lines = answer.decode('utf-8', 'replace').splitlines()
        info = dict(line.split(':', 1) for line in lines if ':' in line)
        mode = info.get('redis_mode') or info.get('server_mode', '')  # the latter is Valkey's
        if mode in NO_DATABASES:
            raise InvalidConfig(f'{self._place}: {NO_DATABASES[mode]}')
        version = info.get('redis_version', '0')
        if int(version.split('.')[0]) < OLDEST:
            raise InvalidConfig(f'{self._place}: its version is {version}; Redis {OLDEST} or newer is needed')
        policy = info.get('maxmemory_policy', 'noeviction')
        if info.get('maxmemory', '0') != '0' and policy != 'noeviction':
            raise InvalidConfig(
                f'{self._place}: its maxmemory-policy {policy} removes data when the memory is full; '
                'set it to noeviction, or use another database'
            )
        if info.get('role') != 'master':
            raise ConnectionError(f'{self._place}: it is a replica now, which cannot be written')
        is_synced = not isinstance(fsync, ResponseError) and b'always' in fsync and info.get('aof_enabled') == '1'
        self.durability = 'disk' if is_synced else 'process'
        return info

    async def _end_last(self, session: Session, run: str) -> None:
        """Close what is left of the connection before, so that no commit of it is carried out after this."""
        (client,) = await session.call([('CLIENT', 'ID')])
        last_run, last_client = self._last
        if last_run == run and isinstance(last_client, int):
            await session.call([('CLIENT', 'KILL', 'ID', last_client)])  # it may be gone, or this not be allowed
        self._last = (run, client)

    async def _define(self, session: Session) -> None:
        """Define the scripts, the functions and the version of the schema."""
        commands: list[Command] = [
            *(('SCRIPT', 'LOAD', script.text) for script in SCRIPTS),
            ('SET', self._names.schema, SCHEMA, 'NX', 'GET'),
            ('FUNCTION', 'LOAD', 'REPLACE', LIBRARY),
        ]
        *_, found, _ = await self._ask(session, commands)
        if found is not None and int(found) > SCHEMA:
            raise InvalidConfig(
                f'{self._place}: its schema has version {int(found)}, and this version of Dara knows {SCHEMA}; '
                'install a newer version of Dara'
            )

    async def repair(self, link: Link, commands: Sequence[Command], answers: list[Any]) -> list[Any]:
        """Return the answers, after mending what made Redis refuse some: scripts that somebody has removed."""
        lost = [i for i, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        if lost:
            scripts: list[Command] = [('SCRIPT', 'LOAD', script.text) for script in SCRIPTS]
            again = (await link.call([*scripts, *(commands[i] for i in lost)]))[len(scripts) :]
            for i, answer in zip(lost, again, strict=True):
                answers[i] = answer
        if any(isinstance(answer, ReadOnlyError) for answer in answers):
            link.drop()  # the database has become a replica of another one
        return answers

    async def _check_rights(self, session: Session) -> None:
        """Try the commands of the scripts where they have no effect: most on a key of another type."""
        key = self._names.schema
        commands: list[Command] = [
            *((name, key) for name in ('LLEN', 'HRANDFIELD')),
            *((name, key, 'field') for name in ('HGET', 'HMGET', 'HDEL')),
            ('HSET', key, 'field', 'value'),
            ('RPUSH', key, 'value'),
            ('XADD', key, '*', 'field', 'value'),
            ('XREVRANGE', key, '+', '-'),
            *((name, key, 0, -1) for name in ('LRANGE', 'LTRIM')),
            ('DEL', key + b':none'),
            ('TIME',),
            ('PUBLISH', key, ''),
            ('SCAN', 0, 'COUNT', 1),
            SCRIPTS[0].on(key),
        ]
        if self._waits:
            commands.append(('WAIT', 0, 1))
        for command, answer in zip(commands, await session.call(commands), strict=True):
            if isinstance(answer, NoPermissionError):
                self._raise(command, answer)

    async def _ask(self, session: Session, commands: Sequence[Command]) -> list[Any]:
        answers = await session.call(commands)
        for command, answer in zip(commands, answers, strict=True):
            self._raise(command, answer)
        return answers

    def _raise(self, command: Command, answer: Any) -> None:
        if isinstance(answer, NoPermissionError):
            raise InvalidConfig(
                f'{self._place}: its user may not run {command[0]!s} as Dara does ({answer}); grant that with '
                f"ACL SETUSER, for example '+@all -@dangerous +info ~* &*'"
            )
        if isinstance(answer, Exception):
            raise answer
