"""Values that the processes of an app share as files, for they are too large for its database."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable
from typing import Any, Final
from weakref import ref

from dara.core._mapped_values import LEAST_BYTES, digest, dump, load
from dara.core._shared_folder import SHARED_FOLDERS, SharedFiles
from dara.core.errors import InvalidValue

logger = logging.getLogger('dara')
KEPT_SECONDS: Final = 30 * 24 * 3600
"""The time after which a file is removed, unless a process has its value."""
SUFFIX: Final = '.value'


def shared_files() -> SharedFiles | None:
    """Return the files of the app that runs; `None` if a single process serves it, which needs none."""
    folder = SHARED_FOLDERS.current
    if folder is None or folder.reach == 'process':
        return None
    return folder.files('server-variables', KEPT_SECONDS)


async def share(version: str, value: Any) -> Any:
    """Write a value for the other processes, if there are any; return it, the large parts in memory that they share.

    Raises:
        InvalidValue: the value cannot be moved to another process.
    """
    files = shared_files()
    return value if files is None else await asyncio.to_thread(_share, files, version, value)


async def share_start(owner: object, value: Callable[[], Any], replace: Callable[[Any], None]) -> None:
    """Have the large parts of the value with which the app starts in memory that the workers of this host share.

    If the code of the app has the value, too, it remains in memory, and to share another one saves nothing. Workers
    that start with other values share other memory.

    Args:
        value: returns the value. Nothing else of Dara refers to it.
        replace: replaces it.
    """
    files = _files_of_host()
    shared = None if files is None else await asyncio.to_thread(_share_start, files, value)
    if shared is None:
        return
    held = _weak(value())
    replace(shared)
    own = held()
    if own is not None:
        replace(own)
        logger.info(
            '%r: the code of the app has the value, too, so each worker has its own. To let them share one, have no '
            'other name for it: ServerVariable(load()).',
            owner,
        )


def _weak(value: Any) -> Callable[[], Any]:
    """Return a function that returns the value as long as something else refers to it, if that can be found out."""
    try:
        return ref(value)
    except TypeError:
        return lambda: None


async def fetch(version: str) -> tuple[bool, Any]:
    """Return whether there is a value of that version, and the value."""
    files = shared_files()
    return (False, None) if files is None else await asyncio.to_thread(_read, files, version)


async def is_there(version: str) -> bool:
    """Return whether there is a value of that version."""
    files = shared_files()
    return files is not None and await asyncio.to_thread(files.has, version + SUFFIX)


def hold(version: str, previous: str | None) -> None:
    """Keep the file of the version that this process has, in place of that of the one before."""
    for files in _all_files():
        files.use(version + SUFFIX)
        if previous and previous != version:
            files.leave(previous + SUFFIX)


async def forget(version: str) -> None:
    """Remove a value of which there is a newer version."""
    for files in _all_files() if version else ():
        await asyncio.to_thread(files.delete, version + SUFFIX)


def _files_of_host() -> SharedFiles | None:
    """Return the files that processes can map: those of the workers of this host, if there are several."""
    folder = SHARED_FOLDERS.current
    return None if folder is None else folder.files_of_host('server-variables', KEPT_SECONDS)


def _all_files() -> set[SharedFiles]:
    return {files for files in (shared_files(), _files_of_host()) if files is not None}


def _share(files: SharedFiles, version: str, value: Any) -> Any:
    try:
        with files.writing(version + SUFFIX) as file:
            size = dump(value, file)
    except OSError:
        raise
    except Exception as error:  # of any class
        raise InvalidValue(
            f'{type(value).__name__} cannot be given to the other processes of the app: {error}'
        ) from error
    if size < LEAST_BYTES or _files_of_host() is None:
        return value
    is_found, shared = _read(files, version)
    return shared if is_found else value


def _share_start(files: SharedFiles, value: Callable[[], Any]) -> Any:
    name = digest(value())
    if name is None:
        return None
    name = f'start-{name}{SUFFIX}'
    if not files.touch(name):
        with files.writing(name, is_first=True) as file:
            dump(value(), file)
    files.use(name)
    return load(files.path(name), is_mapped=True)


def _read(files: SharedFiles, version: str) -> tuple[bool, Any]:
    name, of_host = version + SUFFIX, _files_of_host()
    try:
        if of_host is None:
            value = load(files.path(name), is_mapped=False)
        else:
            if of_host is not files and not of_host.has(name):
                with files.path(name).open('rb') as source, of_host.writing(name, is_first=True) as copy:
                    shutil.copyfileobj(source, copy)
            value = load(of_host.path(name), is_mapped=True)
    except FileNotFoundError:
        return False, None
    files.touch(name)
    return True, value
