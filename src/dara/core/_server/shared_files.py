"""The shared folder of an app while it is served."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from dara.core._shared_folder import SharedFolder
from dara.core._threads import Threads

EXPIRY_SECONDS: Final = 60
logger = logging.getLogger('dara')


@asynccontextmanager
async def kept(folder: SharedFolder) -> AsyncIterator[None]:
    """Keep a folder while an app is served: files whose time has passed are removed.

    Raises:
        InvalidConfig: it cannot be used.
    """
    threads = Threads('dara-folder', 1)
    await threads.run(folder.check)
    expiring = asyncio.create_task(_expire_regularly(folder, threads))
    try:
        yield
    finally:
        expiring.cancel()
        await threads.run(folder.close)


async def _expire_regularly(folder: SharedFolder, threads: Threads) -> None:
    while True:
        try:
            await threads.run(folder.expire)
        except OSError as error:
            logger.error('config.shared_folder: old files could not be removed: %s', error)
        await asyncio.sleep(EXPIRY_SECONDS)
