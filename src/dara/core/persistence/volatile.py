"""Volatile backends: their values end with the process, and open tabs may restore them."""

from __future__ import annotations

import secrets
from abc import ABC
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydantic import PrivateAttr

from dara.core.persistence.backend import PersistenceBackend

WrittenBy: TypeAlias = Literal['people', 'code']
Forgot: TypeAlias = Literal['value', 'changes']
"""The loss since a tab was connected: its whole value, with nothing written since; or some changes that it had seen."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A version of a record that a tab has seen, and the kind of writer that had written the value."""

    epoch: str
    version: int
    by: WrittenBy = 'people'


class VolatileBackend(PersistenceBackend, ABC):
    """A backend whose values end with the process, while open tabs still have them.

    Its epochs identify the process. So for a tab that reconnects the backend knows whether the tab's process has ended,
    and for each key whether it was written since, even if the value was deleted again.
    """

    _process: str = PrivateAttr(default_factory=lambda: f'{secrets.token_hex(8)}.')
    _written: dict[str, WrittenBy] = PrivateAttr(default_factory=dict)
    _restored: dict[str, Seen] = PrivateAttr(default_factory=dict)

    def _new_epoch(self) -> str:
        """Return an epoch of this process."""
        return self._process + secrets.token_hex(8)

    def _written_by(self, key: str) -> WrittenBy | None:
        """Return the kind of writer of the key since the process began: `people` if any person was among them."""
        return self._written.get(key)

    def _note_write(self, key: str, by: WrittenBy, restored: Seen | None = None) -> None:
        """Record a write or a deletion. `restored`: the version that the write restored from a tab."""
        self._written[key] = 'people' if 'people' in (by, self._written.get(key)) else 'code'
        if restored:
            self._restored[key] = restored

    def _has_forgotten(self, key: str, seen: Seen) -> Forgot | None:
        """Return the loss for a tab that has seen that version; `None` if nothing is lost."""
        if seen.epoch.startswith(self._process):
            return None
        if key not in self._written:
            return 'value'
        restored = self._restored.get(key)
        is_contained = restored is not None and restored.epoch == seen.epoch and seen.version <= restored.version
        return None if is_contained else 'changes'
