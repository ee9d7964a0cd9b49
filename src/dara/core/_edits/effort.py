"""The bounded effort of comparing values. Twin of `client/src/edits/effort.ts`."""

from __future__ import annotations

from typing import Final

EFFORT: Final = 250_000
"""The effort that one edit or one write may spend. Where it runs out, the rest counts as replaced."""
SEARCH: Final = 5_000
"""The effort that the search in one text or array may take."""
STEP: Final = 2
"""The effort of one step of a search."""
OP: Final = 20
"""The effort of an op, which is also measured, encoded, sent and applied."""
MARK: Final = 6
"""The effort of making one element, word or line comparable by a hash."""
ELEMENT: Final = 10
"""The effort of preparing one element for a search, if some are in both sequences."""
IDENTITY: Final = 4
"""The effort of reading the identity of an item."""
BYTES: Final = 32
"""The number of bytes that are encoded with an effort of 1."""
FREE_DEPTH: Final = 3
"""The depth down to which comparing costs no effort. Each level below reads its content again."""


class Effort:
    """The effort that is left for the differences of one edit or one write."""

    __slots__ = ('left',)

    def __init__(self, left: int = EFFORT) -> None:
        self.left = left

    def affords(self, cost: int) -> bool:
        """Spend `cost` if that much is left; return whether it was."""
        if cost > self.left:
            return False
        self.left -= cost
        return True
