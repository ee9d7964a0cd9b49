"""Write numbers from the argument on, and print each that is stored."""

import asyncio
import sys

from dara.core.persistence import BackendStore, FileBackend


async def main() -> None:
    store = BackendStore(FileBackend(path='kept.json'))
    n = int(sys.argv[1])
    while True:
        n += 1
        await store.write({'n': n, 'padding': 'x' * (n % 5000)})
        print(n, flush=True)


asyncio.run(main())
