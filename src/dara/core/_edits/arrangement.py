"""The difference between two lists whose items have identities. Twin of `client/src/edits/arrangement.ts`."""

from __future__ import annotations

from typing import Final

from dara.core._edits.ops import Add, Move, Op, Remove
from dara.core._edits.sequence import longest_rising
from dara.core._json import Json, Path

MAX_MOVE_WORK: Final = 1_000_000
"""The number of items times moves and additions up to which moved items are moved, not removed and added."""


class Arrangement:
    """The removals, moves and additions that turn one list of identities into another, with the fewest moves.

    Attributes:
        targets: for each old item its new index, or -1 if it is removed.
        kept: the new indexes of the items that stay or move.
        size: the number of ops.
    """

    def __init__(self, old: list[Json], new: list[Json]) -> None:
        indexes = {identity: index for index, identity in enumerate(new)}
        self.targets = [indexes.get(identity, -1) for identity in old]
        present = [target for target in self.targets if target >= 0]
        self._staying = longest_rising(present)
        moving = set(present) - self._staying
        added = len(new) - len(present)
        self._moving = moving if (len(moving) + added) * len(old) <= MAX_MOVE_WORK else set()
        self.kept = self._staying | self._moving
        self.size = len(old) + len(new) - 2 * len(self.kept) + len(self._moving)

    def append_ops(self, ops: list[Op], items: list[Json], start: int, path: Path) -> None:
        """Append the ops that turn the old list into `items`, which begin at index `start` of the list at `path`."""
        for i in range(len(self.targets) - 1, -1, -1):
            if self.targets[i] not in self.kept:
                ops.append(Remove((*path, start + i)))
        if not self._moving:
            ops.extend(Add((*path, start + i), item) for i, item in enumerate(items) if i not in self.kept)
            return
        present = [target for target in self.targets if target in self.kept]
        index = 0
        for target, item in enumerate(items):
            if target in self._staying:
                index = present.index(target, index) + 1
                continue
            if target in self._moving:
                source = present.index(target)
                present.pop(source)
                index -= source < index
                if source != index:
                    ops.append(Move((*path, start + source), (*path, start + index)))
            else:
                ops.append(Add((*path, start + index), item))
            present.insert(index, target)
            index += 1


def identities(items: list[Json], key: str) -> list[Json] | None:
    """Return the identities of all items; `None` if one has none, or two have the same."""
    found: list[Json] = []
    for item in items:
        identity = item.get(key) if isinstance(item, dict) else None
        if isinstance(identity, bool) or not isinstance(identity, (str, int, float)):
            return None
        found.append(identity)
    return found if len(set(found)) == len(found) else None
