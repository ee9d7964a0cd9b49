"""Mount a volume, write a file on it, unmount it, and try to read and write the file."""

import asyncio
import subprocess

from dara.core.errors import BackendFailed
from dara.core.persistence import BackendStore, FileBackend


async def main() -> None:
    subprocess.run(['mount', '-t', 'tmpfs', 'none', 'volume'], check=True)
    store = BackendStore(FileBackend(path='volume/data.json'))
    await store.write(1)
    subprocess.run(['umount', '--lazy', 'volume'], check=True)
    for attempt in (store.read(), store.write(2)):
        try:
            await attempt
        except BackendFailed as error:
            print(error)
        else:
            raise AssertionError


asyncio.run(main())
