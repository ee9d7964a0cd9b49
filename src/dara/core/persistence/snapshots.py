"""`Snapshots`: decides which commits of a key store its whole value."""

from __future__ import annotations

from typing import Final

import orjson

from dara.core._edits import ABSENT, Value
from dara.core.persistence.changelog import LOG_BYTES, LOG_EDITS, Update, Whole
from dara.core.persistence.shared import Proposal

SMALL_BYTES: Final = 16 * 1024
"""The size up to which a value is stored with every commit."""
MAX_EDITS: Final = LOG_EDITS // 2
MAX_EDIT_BYTES: Final = LOG_BYTES
"""The number and the size of the edits after which a larger value is stored again."""


class Snapshots:
    """Upper bounds of the size of a value, and of the edits since it was stored.

    The cost of an edit thus does not grow with the value, and neither does the number of edits that a load replays.
    """

    def __init__(self) -> None:
        self._bytes = 0
        self._edits = MAX_EDITS
        self._edit_bytes = 0

    def load(self, value: Value) -> None:
        """Begin with a value that was read. The edits since it was stored are unknown, so that it is stored again."""
        self._bytes = 0 if value is ABSENT else len(orjson.dumps(value))
        self._edits = MAX_EDITS

    def are_due(self, update: Update) -> bool:
        """Return whether the value after a proposed update is to be stored."""
        size = _size(update)
        is_small = self._bytes + size <= SMALL_BYTES
        return is_small or self._edits >= MAX_EDITS or self._edit_bytes + size > MAX_EDIT_BYTES

    def add(self, update: Update) -> None:
        """Note a commit of another server."""
        self._bytes += _size(update)
        self._edits += 1
        self._edit_bytes += _size(update)

    def commit(self, proposal: Proposal) -> None:
        """Note a commit of this server."""
        if proposal.is_snapshot:
            self._bytes, self._edits, self._edit_bytes = len(proposal.encoded or b''), 0, 0
        else:
            self.add(proposal.update)


def _size(update: Update) -> int:
    if isinstance(update.change, Whole):
        return 0 if update.change.value is ABSENT else len(orjson.dumps(update.change.value))
    return update.change.size
