"""The hosts that serve an app, which need a shared folder if it has files that every server has to reach."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import secrets
import socket
import time
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from hashlib import blake2b
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

from dara.core._fleet import workers_folder
from dara.core._json import Json
from dara.core._server.own_records import OwnRecords
from dara.core._shared_folder import SharedFolder
from dara.core._sync.tasks import Tasks
from dara.core._threads import Threads
from dara.core.errors import InvalidConfig

HOST: Final = 'DARA_HOST_NAME'
"""The variable with the name of this host, for containers that would otherwise have none that lasts."""
ANSWER_SECONDS: Final = 5
"""The time in which a server that lives answers."""
ASK_SECONDS: Final = 0.5
KEEP_SECONDS: Final = 300
MARKER_SECONDS: Final = 3600
logger = logging.getLogger('dara')


@dataclass(frozen=True, slots=True)
class Server:
    """A server as the others see it.

    Attributes:
        name: its random name, and that of the marker in its folder.
        host: the name of its host, for messages.
        machine: identifies the host.
        needs: what needs a folder that all hosts share; empty if nothing does.
        folder: `config.shared_folder`, for messages; empty if it has none.
        group: the same for the workers of one parent, which share a temporary folder.
    """

    name: str
    host: str
    machine: str
    needs: str
    folder: str
    group: str

    @classmethod
    def here(cls, folder: SharedFolder) -> Server:
        """Return this process."""
        host = os.environ.get(HOST) or socket.gethostname()
        machine = host if os.environ.get(HOST) else f'{host} {_boot_id()}'
        hashed = blake2b(machine.encode(), digest_size=12).hexdigest()
        name = secrets.token_hex(12)
        group = str(workers_folder() or name)
        return cls(name, host, hashed, folder.reason, str(folder.configured or ''), group)

    @classmethod
    def listed(cls, value: Any) -> list[Server]:
        """Return the servers in the value of the record, in the order of their start."""
        names = [field.name for field in fields(cls)]  # another version of Dara may have others
        entries = value if isinstance(value, list) else []
        return [cls(**{name: each.get(name, '') for name in names}) for each in entries]


class Hosts:
    """The live servers of an app, in a record that lists them in the order of their start.

    A server adds itself when it starts, and removes itself when it stops. One that was killed does not answer to a
    message, and is removed by others. The folder of another server is this one's if its marker is there.
    """

    def __init__(self, own: OwnRecords, folder: SharedFolder) -> None:
        self._own = own
        self._record = own.record(f'servers/{folder.app}')
        self._folder = folder
        self._markers = folder.files('servers', MARKER_SECONDS)
        self._threads = Threads('dara-folder', 1)
        self._me = Server.here(folder)
        self._heard: dict[str, float] = {}  # the servers that have sent a message, with the time
        self._news = asyncio.Event()
        self._is_leaving = False
        self._loop = asyncio.get_running_loop()
        self._tasks = Tasks('The servers of the app could not be compared')

    @asynccontextmanager
    async def joined(self) -> AsyncIterator[Hosts]:
        """Be one of the servers of the app.

        Raises:
            InvalidConfig: files would not reach the users of another host.
        """
        await self._own.hear(ask=self._hear_question, here=self._hear)
        await self._own.read(self._record)
        await self._add()
        try:
            await self._check()
            self._record.subscribe(lambda _: self._stay(), self._stay)
            self._folder.others = self
            self._tasks.start(self._keep())
            yield self
        finally:
            self._folder.others = None
            self._is_leaving = True
            self._tasks.cancel()
            await self._own.briefly(self._own.start(self._leave))

    @property
    def are_several(self) -> bool:
        """True if other servers serve the app, or have until a moment ago."""
        return len(Server.listed(self._record.value)) > 1

    def note_need(self) -> None:
        self._loop.call_soon_threadsafe(lambda: self._tasks.start(self._update()))

    async def have_another_folder(self) -> bool:
        others = [each for each in Server.listed(self._record.value) if each.group != self._me.group]
        try:
            if await self._alive(others, enough=1):
                return True
            await self._remove([each.name for each in others])
        except Exception as error:  # of the database: they may live
            logger.debug('%s', error)
            return True
        return False

    async def _add(self) -> None:
        """Add this server behind the others, or in its place; with its marker in the folder if anything needs it."""
        if self._me.needs:
            await self._threads.run(self._markers.write, self._me.name, b'')
        me: dict[str, Json] = asdict(self._me)
        await self._record.transact(lambda value: _with(value, me))

    async def _leave(self) -> None:
        await self._remove([self._me.name])
        if self._me.needs:
            await self._threads.run(self._markers.delete, self._me.name)

    async def _remove(self, names: Collection[str]) -> None:
        if any(each.name in names for each in Server.listed(self._record.value)):
            await self._record.transact(lambda value: _without(value, names))

    async def _check(self) -> None:
        """Check that the servers that were there before have the same folder, if that matters.

        On this host, that is those with a folder of their own: another one may be about to stop.

        Raises:
            InvalidConfig: one has not.
        """
        earlier = takewhile(lambda each: each.name != self._me.name, Server.listed(self._record.value))
        strange = [
            each
            for each in earlier
            if (each.machine != self._me.machine or (each.folder and self._me.folder))
            and not await self._shares_folder(each)
        ]
        alive = await self._alive(strange, enough=1)
        if alive:
            raise InvalidConfig(_advice(self._me, alive[0]))
        await self._remove([each.name for each in strange])

    async def _shares_folder(self, other: Server) -> bool:
        """Return whether another server has this one's folder, or nothing needs that."""
        if not (self._me.needs or other.needs):
            return True
        return bool(other.needs) and await self._threads.run(self._markers.has, other.name)

    async def _alive(self, servers: Sequence[Server], enough: int | None = None) -> list[Server]:
        """Return those of the servers that live: they answer to a message. Some of them may be enough."""
        began = time.monotonic()
        number = len(servers) if enough is None else min(enough, len(servers))

        def alive() -> list[Server]:
            return [each for each in servers if self._heard.get(each.name, -math.inf) >= began]

        while len(alive()) < number and time.monotonic() < began + ANSWER_SECONDS:
            await self._say('ask')
            with suppress(TimeoutError):  # ask again: messages may be lost
                async with asyncio.timeout(ASK_SECONDS):
                    while len(alive()) < number:
                        self._news.clear()
                        await self._news.wait()
        return alive()

    async def _say(self, word: str) -> None:
        await self._own.say(word, self._me.name)

    def _hear_question(self, name: str) -> None:
        if name != self._me.name and not self._is_leaving:
            self._tasks.start(self._own.noting_failure(partial(self._say, 'here')))
        self._hear(name)

    def _hear(self, name: str) -> None:
        if name != self._me.name:
            self._heard[name] = time.monotonic()
            self._news.set()

    def _stay(self) -> None:
        if not self._is_leaving and all(each.name != self._me.name for each in Server.listed(self._record.value)):
            self._tasks.start(self._own.noting_failure(self._add))  # others have taken this server for dead

    async def _update(self) -> None:
        """Tell the others what needs the folder by now; log if one of them does not share it."""
        self._me = replace(self._me, needs=self._folder.reason)
        await self._add()
        try:
            await self._check()
        except InvalidConfig as error:
            logger.error('%s', error)

    async def _keep(self) -> None:
        """Remove the servers that were killed, and keep the marker."""
        while True:
            await self._own.noting_failure(self._look_round)
            try:
                if self._me.needs:
                    await self._threads.run(self._markers.write, self._me.name, b'')
            except OSError as error:
                logger.error('config.shared_folder: %s', error)
            await asyncio.sleep(KEEP_SECONDS)

    async def _look_round(self) -> None:
        """Remove the servers that do not answer; warn of one on this host without this folder."""
        others = [each for each in Server.listed(self._record.value) if each.name != self._me.name]
        alive = {each.name: each for each in await self._alive(others)}
        await self._remove([each.name for each in others if each.name not in alive])
        self._heard = {name: at for name, at in self._heard.items() if name in alive}
        for each in alive.values():
            if each.machine == self._me.machine and not await self._shares_folder(each):
                logger.warning('%s', _advice(self._me, each))


def _with(value: Any, me: dict[str, Json]) -> list[Any]:
    others = value if isinstance(value, list) else []
    if any(each['name'] == me['name'] for each in others):
        return [me if each['name'] == me['name'] else each for each in others]
    return [*others, me]


def _without(value: Any, names: Collection[str]) -> list[Any]:
    return [each for each in (value if isinstance(value, list) else []) if each['name'] not in names]


def _boot_id() -> str:
    """Return what tells this machine from others of its name, if the system has it."""
    try:
        return Path('/proc/sys/kernel/random/boot_id').read_text().strip()
    except OSError:
        return ''


def _advice(me: Server, other: Server) -> str:
    """Return why two servers cannot serve one app, and the way out."""
    at = f'the server on the host {other.host!r}, which serves this app, too'
    if me.folder and other.folder:
        return (
            f'config.shared_folder: {me.folder} is not the folder {other.folder} of {at}. Give all servers one folder, '
            'on a disk that all hosts share.'
        )
    if me.folder:
        return f'config.shared_folder: {at}, does not have it. Stop that server, and start it with the same folder.'
    if other.folder:
        return f'config.shared_folder is missing here, and {at}, has {other.folder}. Set it to that folder.'
    return (
        f'{me.needs or other.needs} must be in a folder that all hosts of the app may write: it is also served on the '
        f'host {other.host!r}. Set config.shared_folder, or serve the app on one host.'
    )
