"""Edit a record twice, and die at the n-th system call; N is the argument."""

import asyncio
import sys

from dara.core._edits import Replace
from dara.core.persistence import BackendStore, FileBackend
from dara.core.persistence.changelog import Writer
from dara.core.persistence.edit import Edit
from dara.core.persistence.stores import bound
from tests.killing import kill_at_call

kill_at_call(lambda: int(sys.argv[1]))


async def main() -> None:
    record = await bound(BackendStore(FileBackend(path='note.json'))).open()
    writer = Writer('ann', 'her tab', 'note')
    receipt = record.receipt(writer, None)
    assert receipt
    last = receipt.n
    print('found', record.epoch, record.version, last, record.value if last else 0, flush=True)
    for n in (last + 1, last + 2):
        edit = Edit(writer, 1, n=n, epoch=record.epoch, base=record.version, ops=(Replace((), n),))
        print(type(await record.edit(edit)).__name__, n, flush=True)


asyncio.run(main())
