"""A documented import path; its names are defined elsewhere."""

from typing import TYPE_CHECKING

from dara.core._documented import absence

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        raise absence(__name__, name)
