"""A server over a shared backend as its record of one document sees it, for tests with several of them."""

from __future__ import annotations

from typing import Any, Final

from dara.core._edits import Splice
from dara.core.persistence.changelog import Change
from dara.core.persistence.record import Record
from dara.core.persistence.records import Records
from dara.core.persistence.shared import SharedBackend

KEY: Final = 'doc'


class Server:
    """One server, with its record of a document with a text and a count.

    Attributes:
        published: all changes that its tabs would have heard.
        epochs: those that have begun, instead of changes.
    """

    def __init__(self, backend: SharedBackend) -> None:
        self.backend: Any = backend
        self.records = Records(backend)
        self.published: list[Change] = []
        self.epochs: list[str] = []

    async def start(self) -> None:
        await self.records.watch(KEY)
        self.record.set_default({'text': '', 'count': 0}, store='doc', may_be_stored=True)
        await self.record.load()
        self.record.subscribe(self.published.append, lambda: self.epochs.append(self.record.epoch))

    @property
    def record(self) -> Record:
        return self.records.get(KEY)

    @property
    def text(self) -> str:
        value: Any = self.record.value
        return str(value['text'])

    @property
    def shown(self) -> str:
        """All characters that were ever published."""
        ops = (op for change in self.published for entry in change.entries for op in entry.ops)
        return ''.join(op.insert for op in ops if isinstance(op, Splice))
