"""Backends whose values end with the process, and what they know of the time since it began."""

from __future__ import annotations

import secrets
from abc import ABC
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydantic import PrivateAttr

from dara.core.persistence.backend import PersistenceBackend

WrittenBy: TypeAlias = Literal['people', 'code']
Forgot: TypeAlias = Literal['value', 'changes']
"""All that a tab had seen, and nothing was written since; or something that it had seen, in whose place is another."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A version of a record that a tab has seen, and whether a person had written there."""

    epoch: str
    version: int
    by: WrittenBy = 'people'


class VolatileBackend(PersistenceBackend, ABC):
    """One whose values end with the process, while open tabs still have them.

    Its epochs say in which process they began. So it is known of a tab that comes back whether the process that it knew
    has ended, and of each key whether anything was written since, though that may have been deleted again.
    """

    _process: str = PrivateAttr(default_factory=lambda: f'{secrets.token_hex(8)}.')
    _written: dict[str, WrittenBy] = PrivateAttr(default_factory=dict)
    _restored: dict[str, Seen] = PrivateAttr(default_factory=dict)

    def new_epoch(self) -> str:
        """Return an epoch of this process."""
        return self._process + secrets.token_hex(8)

    def written_by(self, key: str) -> WrittenBy | None:
        """Return whether a person has written the key since the process began, or only code that ran for nobody."""
        return self._written.get(key)

    def note_write(self, key: str, by: WrittenBy, restored: Seen | None = None) -> None:
        """Something was written, if only that there is nothing; or what a tab had `restored`."""
        self._written[key] = 'people' if 'people' in (by, self._written.get(key)) else 'code'
        if restored:
            self._restored[key] = restored

    def has_forgotten(self, key: str, seen: Seen) -> Forgot | None:
        """Return what is missing here of what a tab has seen."""
        if seen.epoch.startswith(self._process):
            return None
        if key not in self._written:
            return 'value'
        restored = self._restored.get(key)
        is_contained = restored is not None and restored.epoch == seen.epoch and seen.version <= restored.version
        return None if is_contained else 'changes'
