"""Become another user, read a file and write it; the argument is the file."""

import asyncio
import os
import sys

from dara.core.persistence import BackendStore, FileBackend

store = BackendStore(FileBackend(path=sys.argv[1]))
asyncio.run(BackendStore().write('so that all is loaded which that user may not read'))
os.setgroups([])
os.setgid(4321)
os.setuid(4321)


async def main() -> None:
    print(await store.read())
    await store.write('by another')


asyncio.run(main())
