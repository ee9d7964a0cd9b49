"""Values in the memory of the process."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, ClassVar

from pydantic import PrivateAttr

from dara.core._json import Json, fresh
from dara.core.persistence.backend import PersistenceBackend


class InMemoryBackend(PersistenceBackend):
    """Keeps values in the memory of the process; they end with it."""

    leaves_values_alone: ClassVar[bool] = True
    _values: dict[str, Json] = PrivateAttr(default_factory=dict)

    @property
    def durability(self) -> str:
        return 'memory'

    @property
    def is_empty(self) -> bool:
        """Whether nothing is stored."""
        return not self._values

    def outside_stamp(self) -> Hashable | None:
        return 'ours alone'

    def describe(self) -> str:
        return 'in memory, until the server stops'

    async def has(self, key: str) -> bool:
        return key in self._values

    async def read(self, key: str) -> Any:
        return fresh(self._values[key])

    async def write(self, key: str, value: Any) -> None:
        self._values[key] = value

    async def delete(self, key: str) -> None:
        self._values.pop(key, None)

    async def get_all(self) -> dict[str, Any]:
        return {key: fresh(value) for key, value in self._values.items()}
