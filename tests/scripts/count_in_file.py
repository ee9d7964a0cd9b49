"""Add 1 to a number in a file, 150 times."""

import asyncio
import logging

from dara.core import Variable
from dara.core.persistence import BackendStore, FileBackend


async def main() -> None:
    store = BackendStore(FileBackend(path='data.json'))
    Variable(default=0, store=store)
    for _ in range(150):
        await store.modify(lambda n: n + 1)


logging.basicConfig(level=logging.INFO)
asyncio.run(main())
