"""Write into a file that has two names, and die at the n-th system call; N is the argument."""

import asyncio
import sys

from dara.core.persistence import BackendStore, FileBackend
from tests.killing import kill_at_call

kill_at_call(lambda: int(sys.argv[1]), tears=True)


async def main() -> None:
    store = BackendStore(FileBackend(path='data.json'))
    count = await store.read() or 0
    print('found', count, flush=True)
    for _ in range(2):
        count += 1
        await store.write(count)
        print('stored', count, flush=True)


asyncio.run(main())
