"""Uploads: files that arrive from browsers in chunks, at whichever server of the app each chunk reaches."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson

from dara.core import _messages as messages
from dara.core._context import Identity, hashed_session
from dara.core._shared_folder import SharedFolder
from dara.core._threads import Threads
from dara.core._uploads import NAME_BYTES, Upload, UploadRules, safe_name
from dara.core.errors import InvalidEdit
from dara.core.persistence.locks import wait_for_lock

KEPT_SECONDS: Final = 3600
"""The time until an upload is removed, since it has grown last or its last action began."""
IDLE_SECONDS: Final = 60
"""The time after which an upload that does not grow gives its place to another one of its user."""
BLOCK_BYTES: Final = 256 * 1024
MAX_UPLOADS: Final = 1000
MAX_UPLOADS_PER_USER: Final = 50
MAX_BYTES: Final = 20 * 1024**3
MAX_BYTES_PER_USER: Final = 4 * 1024**3
FREE_BYTES: Final = 256 * 1024**2
"""The space on the disk that uploads leave to others."""
THREADS: Final = 8
NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
NEED: Final = 'the files of UploadDropzone'
_ABOUT: Final = '.json'
_PART: Final = '.part'
_WHOLE: Final = '.whole'


class UploadRefused(Exception):
    """A request of an upload is refused; the message is for its user.

    Attributes:
        status: the status of the HTTP response.
        offset: the bytes that the server has, if the request began at another one.
    """

    def __init__(self, status: int, reason: str, offset: int | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.offset = offset


@dataclass(frozen=True, slots=True)
class _About:
    """The facts of an upload before its first byte. They never change.

    Attributes:
        session: the hash of the login session that has begun it, and alone continues it.
        target: the component that receives it.
    """

    session: str
    user: str
    target: str
    name: str
    size: int
    type: str


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """The limits of the uploads that an app has at one time, on all its servers, until they are removed."""

    uploads: int = MAX_UPLOADS
    uploads_per_user: int = MAX_UPLOADS_PER_USER
    bytes: int = MAX_BYTES
    bytes_per_user: int = MAX_BYTES_PER_USER


class Uploads:
    """The uploads of an app. They are files in the folder that its servers share, and nothing in memory.

    An upload has two files: its facts, and its bytes so far. The number of these is the offset of the next chunk.
    Two requests may write one upload at a time, for instance one whose connection was lost and the one that goes on:
    bytes are written at their positions, and both have the same. When all bytes are there, the file gets another name,
    under which nobody writes.
    """

    def __init__(self, folder: SharedFolder, limits: UploadLimits | None = None) -> None:
        self._folder = folder
        self._limits = limits or UploadLimits()
        self._files = folder.files('uploads', KEPT_SECONDS)
        self._threads = Threads('dara-uploads', THREADS)

    async def begin(self, identity: Identity, target: str, rules: UploadRules, asked: Any) -> dict[str, str]:
        """Begin an upload to a component that the tab may use; return its `id`, or why it is `refused`.

        Args:
            asked: the `name`, `size` and `type` of the file, as the tab has sent them.

        Raises:
            InvalidEdit: the tab has sent something else.
        """
        name, size, kind = _asked(asked)
        about = _About(
            hashed_session(identity.session_id), identity.user.identity_id, target, safe_name(name), size, kind
        )
        self._folder.need(NEED)
        if not await self._folder.is_shared_by_all():
            return {'refused': messages.UPLOADS_NEED_FOLDER}
        refusal = rules.refusal(about.name, size, kind)
        if refusal is not None:
            return {'refused': refusal}
        try:
            return await self._threads.run(self._begin, about, rules)
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            return {'refused': messages.NO_ROOM_FOR_UPLOADS}

    async def position(self, upload: str, session_id: str) -> tuple[int, int]:
        """Return how many bytes of an upload are there, and how many there will be. Raises UploadRefused."""
        return await self._threads.run(self._position, upload, session_id)

    async def receive(self, upload: str, session_id: str, offset: int, content: AsyncIterator[bytes]) -> int:
        """Write a chunk as it arrives; return the offset of the next one.

        What has arrived is kept even if the connection is lost. No more than a block of it is in memory.

        Raises:
            UploadRefused: the upload is not the session's, begins elsewhere, or would get too long.
        """
        position, size = await self.position(upload, session_id)
        if offset > position:
            raise UploadRefused(409, messages.UPLOAD_BEGINS_ELSEWHERE, position)
        async for block in _blocks(content):
            if offset + len(block) > size:
                raise UploadRefused(413, messages.UPLOAD_TOO_LONG)
            await self._threads.run(self._write, upload, offset, block)
            offset += len(block)
        return offset

    async def finished(self, upload: Any, identity: Identity, rules: UploadRules) -> Upload:
        """Return an upload whose bytes are all there, for an action of a component with those rules.

        Raises:
            InvalidEdit: there is none for this session, or the rules do not allow it.
        """
        try:
            return await self._threads.run(self._finished, upload, identity.session_id, rules)
        except UploadRefused as error:
            raise InvalidEdit(str(error)) from None

    async def remove(self, upload: str, session_id: str) -> None:
        """Remove an upload, finished or not. Raises UploadRefused."""
        await self._threads.run(self._remove, upload, session_id)

    def _begin(self, about: _About, rules: UploadRules) -> dict[str, str]:
        upload = self._files.new_name()
        # Reserved first and then counted: of two that begin at one time, neither is overlooked.
        self._files.write(upload + _ABOUT, orjson.dumps(asdict(about)))
        try:
            refusal = self._no_room(about, rules)
            if refusal is not None and self._remove_idle(about):
                refusal = self._no_room(about, rules)
            if refusal is None:
                self._files.write(upload + _PART, b'')
                return {'id': upload}
        except BaseException:
            self._files.delete(upload + _ABOUT)
            raise
        self._files.delete(upload + _ABOUT)
        return {'refused': refusal}

    def _no_room(self, about: _About, rules: UploadRules) -> str | None:
        """Return why there is no room for an upload that is among those that are known."""
        by_id = self._all()
        known, unfinished = list(by_id.values()), {name.removesuffix(_PART) for name in self._files.names(_PART)}
        own = [each for each in known if each.user == about.user]
        here = [name for name, each in by_id.items() if (each.session, each.target) == (about.session, about.target)]
        if len(unfinished.intersection(here)) >= rules.max_files or len(own) > self._limits.uploads_per_user:
            return messages.too_many_uploads(min(rules.max_files, self._limits.uploads_per_user))
        if _bytes(own) > self._limits.bytes_per_user:
            return messages.uploads_too_large(self._limits.bytes_per_user)
        free = shutil.disk_usage(self._files.path('free').parent).free
        is_full = len(known) > self._limits.uploads or _bytes(known) > self._limits.bytes
        return messages.NO_ROOM_FOR_UPLOADS if is_full or about.size > free - FREE_BYTES else None

    def _remove_idle(self, about: _About) -> bool:
        """Remove the user's other unfinished uploads that have stopped growing, as of a closed tab; return if any."""
        own = [name for name, each in self._all().items() if each.user == about.user]
        now = self._files.now()
        idle = [name for name in own if now - (self._files.changed(name + _PART) or now) > IDLE_SECONDS]
        for name in idle:
            self._delete(name)
        return bool(idle)

    def _all(self) -> dict[str, _About]:
        """Return all uploads by their ids."""
        ids = [name.removesuffix(_ABOUT) for name in self._files.names(_ABOUT)]
        return {each: about for each in ids if (about := self._about(each))}

    def _position(self, upload: str, session_id: str) -> tuple[int, int]:
        about = self._known(upload, session_id)
        for suffix in (_PART, _WHOLE):
            with suppress(FileNotFoundError):
                return self._files.path(upload + suffix).stat().st_size, about.size
        raise UploadRefused(404, messages.UPLOAD_GONE)

    def _write(self, upload: str, offset: int, block: bytes) -> None:
        path = self._files.path(upload + _PART)
        try:
            with path.open('r+b', buffering=0) as file:
                if not wait_for_lock(file.fileno(), path):
                    raise UploadRefused(404, messages.UPLOAD_GONE)
                file.seek(offset)
                _write_all(file.fileno(), block)
        except FileNotFoundError:
            raise UploadRefused(404, messages.UPLOAD_GONE) from None
        except OSError as error:
            if error.errno in NO_ROOM:
                raise UploadRefused(507, messages.NO_ROOM_FOR_UPLOADS) from error
            raise
        self._files.touch(upload + _ABOUT)

    def _finished(self, upload: Any, session_id: str, rules: UploadRules) -> Upload:
        about = self._known(upload, session_id)
        refusal = rules.refusal(about.name, about.size, about.type)
        if refusal is not None:
            raise UploadRefused(403, refusal)
        part, whole = self._files.path(upload + _PART), self._files.path(upload + _WHOLE)
        with suppress(FileNotFoundError), part.open('r+b') as file:  # or an earlier action has come here
            if wait_for_lock(file.fileno(), part):
                if os.fstat(file.fileno()).st_size != about.size:
                    raise UploadRefused(409, messages.UPLOAD_INCOMPLETE)
                os.rename(part, whole)
        if not (self._files.touch(upload + _WHOLE) and self._files.touch(upload + _ABOUT)):
            raise UploadRefused(404, messages.UPLOAD_GONE)
        return Upload(about.name, about.size, about.type, whole)

    def _remove(self, upload: str, session_id: str) -> None:
        self._known(upload, session_id)
        self._delete(upload)

    def _delete(self, upload: str) -> None:
        for suffix in (_PART, _WHOLE, _ABOUT):
            self._files.delete(upload + suffix)

    def _known(self, upload: Any, session_id: str) -> _About:
        """Return what is known of an upload of that session; to others it does not exist."""
        about = self._about(upload) if isinstance(upload, str) else None
        if about is None or not secrets.compare_digest(about.session, hashed_session(session_id)):
            raise UploadRefused(404, messages.UPLOAD_GONE)
        return about

    def _about(self, upload: str) -> _About | None:
        try:
            content = self._files.read(upload + _ABOUT)
        except ValueError:  # no id
            return None
        return None if content is None else _About(**orjson.loads(content))


def _asked(asked: Any) -> tuple[str, int, str]:
    match asked:
        case {'name': str(name), 'size': int(size), 'type': str(kind)} if size >= 0 and len(name) <= 4096:
            return name, size, kind[:NAME_BYTES]
    raise InvalidEdit('an upload begins with the name, size and type of a file')


def _bytes(uploads: list[_About]) -> int:
    return sum(each.size for each in uploads)


async def _blocks(content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the content in blocks of a size that is worth a write; the last one is smaller."""
    gathered = bytearray()
    async for piece in content:
        gathered += piece
        if len(gathered) >= BLOCK_BYTES:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


def _write_all(handle: int, block: bytes) -> None:
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(handle, rest) :]
