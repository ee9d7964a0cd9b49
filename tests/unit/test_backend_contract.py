"""The promises of stores over simple backends, kept by the built-in ones and by one of a few lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest

from dara.core.persistence import FileBackend, InMemoryBackend, PersistenceBackend
from dara.testing import BackendContract


class TestMemory(BackendContract):
    """In memory, where values end with the process."""

    is_lasting = False

    async def open(self) -> PersistenceBackend:
        return InMemoryBackend()


class TestFile(BackendContract):
    """In a JSON file."""

    @pytest.fixture(autouse=True)
    def _with_a_folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / 'values.json'

    async def open(self) -> PersistenceBackend:
        return FileBackend(path=str(self.path))


class Dictionary(PersistenceBackend):
    """A backend of an app, with the five methods and no more."""

    places: ClassVar[dict[str, dict[str, Any]]] = {}
    place: str

    @property
    def values(self) -> dict[str, Any]:
        return self.places.setdefault(self.place, {})

    def has(self, key: str) -> bool:
        return key in self.values

    def read(self, key: str) -> Any:
        return self.values.get(key)

    async def write(self, key: str, value: Any) -> None:
        self.values[key] = value

    async def delete(self, key: str) -> None:
        self.values.pop(key, None)

    def get_all(self) -> dict[str, Any]:
        return dict(self.values)


class TestFiveMethods(BackendContract):
    """Of which some are sync and some async."""

    @pytest.fixture(autouse=True)
    def _with_a_place(self, tmp_path: Path) -> None:
        self.place = str(tmp_path)

    async def open(self) -> PersistenceBackend:
        return Dictionary(place=self.place)
