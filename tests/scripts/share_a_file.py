"""Print the value and the mark of a file; write and print again after a line of input. The argument is the file."""

import asyncio
import json
import sys

from dara.core.persistence import BackendStore, FileBackend
from dara.core.persistence.stores import bound


async def main() -> None:
    store = BackendStore(FileBackend(path=sys.argv[1]))
    for value in (None, 'second'):
        if value:
            sys.stdin.readline()
            await store.write(value)
        record = await bound(store).open()
        print(json.dumps({'value': record.value, 'epoch': record.epoch, 'version': record.version}), flush=True)
    sys.stdin.readline()


asyncio.run(main())
