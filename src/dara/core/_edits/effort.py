"""The bounded effort of comparing values. Twin of `client/src/edits/effort.ts`."""

from __future__ import annotations

from typing import Final

EFFORT: Final = 250_000
"""The effort that one edit or one write may spend. Where it runs out, the rest counts as replaced."""
SEARCH: Final = 5_000
"""The effort that the search in one text or array may take."""
TABLE: Final = 500_000
"""The product of the lengths of two sequences up to which their search takes an effort by their lengths."""
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
TEXTS: Final = 200
"""The number of texts whose insides one edit or one write may compare."""
UNLIKE: Final = 5
"""The number of texts for which one with nothing in common counts."""
FREE_DEPTH: Final = 3
"""The depth down to which comparing costs no effort. Each level below reads its content again."""


class Effort:
    """The effort that is left for the differences of one edit or one write, and the number of texts to compare."""

    __slots__ = ('left', 'texts')

    def __init__(self, left: int = EFFORT) -> None:
        self.left = left
        self.texts = TEXTS

    def affords(self, cost: int) -> bool:
        """Spend `cost` if that much is left; return whether it was."""
        if cost > self.left:
            return False
        self.left -= cost
        return True
