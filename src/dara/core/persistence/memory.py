"""`InMemoryBackend`: keeps values in the memory of the process."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, ClassVar

from pydantic import Field, field_validator

from dara.core._json import Json, fresh, to_json
from dara.core.persistence.volatile import VolatileBackend


class InMemoryBackend(VolatileBackend):
    """A backend that keeps values in the memory of the process; they end with it.

    After a restart, the first page that reconnects restores the values that it shows, if its user may write them and
    nothing was written meanwhile.

    Args:
        data: the initial values by key.
    """

    leaves_values_alone: ClassVar[bool] = True
    data: dict[str, Any] = Field(default_factory=dict, repr=False)

    @field_validator('data')
    @classmethod
    def _as_json(cls, data: dict[str, Any]) -> dict[str, Json]:
        return {key: to_json(value) for key, value in data.items()}

    @property
    def durability(self) -> str:
        return 'memory'

    @property
    def _is_empty(self) -> bool:
        """True if nothing is stored, and nothing was written since the start."""
        return not self.data and not self._written

    def outside_stamp(self) -> Hashable | None:
        return 'ours alone'

    def describe(self) -> str:
        return 'in memory, until the server stops'

    async def has(self, key: str) -> bool:
        return key in self.data

    async def read(self, key: str) -> Any:
        return fresh(self.data.get(key))

    async def write(self, key: str, value: Any) -> None:
        self.data[key] = value

    async def delete(self, key: str) -> None:
        self.data.pop(key, None)

    async def get_all(self) -> dict[str, Any]:
        return {key: fresh(value) for key, value in self.data.items()}
