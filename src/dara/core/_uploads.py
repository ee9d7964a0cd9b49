"""Uploads: what users may upload to a component, and an uploaded file as the app's code gets it."""

from __future__ import annotations

import os
import secrets
import shutil
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from dara.core import _messages as messages

NAME_BYTES: Final = 200
_NAMELESS: Final = 'file'


@dataclass(frozen=True, slots=True)
class UploadRules:
    """The rules of the uploads to one component.

    Attributes:
        accept: media types and suffixes, separated by commas, such as `'image/*, .csv'`; empty for all files.
        max_size: of each file, in bytes.
        max_files: the number of files at one time.
    """

    accept: str
    max_size: int
    max_files: int

    def refusal(self, name: str, size: int, content_type: str) -> str | None:
        """Return why a file is not taken, in words for its user; `None` if it is."""
        if size > self.max_size:
            return messages.upload_too_large(size, self.max_size)
        return None if self._accepts(name.lower(), content_type.lower()) else messages.upload_of_other_type(self.accept)

    def _accepts(self, name: str, content_type: str) -> bool:
        kinds = [kind.strip().lower() for kind in self.accept.split(',') if kind.strip()]
        return not kinds or any(_fits(kind, name, content_type.partition(';')[0].strip()) for kind in kinds)


def _fits(kind: str, name: str, content_type: str) -> bool:
    if kind.startswith('.'):
        return name.endswith(kind)
    return kind == '*/*' or kind == content_type or (kind.endswith('/*') and content_type.startswith(kind[:-1]))


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a user has uploaded: `ctx.input` in the actions of an `UploadDropzone`.

        @action
        async def store(ctx: ActionCtx) -> None:
            upload: Upload = ctx.input
            await asyncio.to_thread(upload.keep, FOLDER / f'{uuid4()}.pdf')

    The file is removed when the actions have ended. Its methods block: call them in a thread, as a sync action does.

    Attributes:
        name: the name that the user's file has, safe as the last part of a path. Two files may have one name.
        size: in bytes.
        content_type: the media type that the browser has guessed from the name; nobody has looked into the file.
        path: where the file is, until the actions have ended.
    """

    name: str
    size: int
    content_type: str
    path: Path

    def open(self) -> BinaryIO:
        """Open the file to read its bytes piece by piece."""
        return self.path.open('rb')

    def read(self) -> bytes:
        """Return the whole content, which takes as much memory."""
        return self.path.read_bytes()

    def keep(self, path: str | Path) -> Path:
        """Keep the file at a path, in place of another file there; return the path.

        Raises:
            OSError: it cannot be written, for instance because its folder does not exist.
        """
        target = Path(path)
        part = target.with_name(f'.{secrets.token_hex(12)}.part')
        try:
            try:
                os.link(self.path, part)
            except OSError:  # another file system, or one without links
                shutil.copyfile(self.path, part)
            os.replace(part, target)
        finally:
            with suppress(FileNotFoundError):
                part.unlink()
        return target


def safe_name(name: str) -> str:
    """Return the name of a user's file, safe as the last part of a path on every system.

    It has no folders, no characters that control anything, and no dots at its ends; it ends with its suffix even if it
    is shortened.
    """
    last = unicodedata.normalize('NFC', name).replace('\\', '/').rsplit('/', 1)[-1]
    shown = ''.join('_' if char in '<>:"|?*' else char for char in last if unicodedata.category(char)[0] != 'C')
    stem, suffix = os.path.splitext(shown.strip('. ') or _NAMELESS)
    room = NAME_BYTES - len(suffix.encode())
    if room < 1:
        stem, suffix, room = stem + suffix, '', NAME_BYTES
    return stem.encode()[:room].decode(errors='ignore') + suffix
