"""A documented import path; its names are defined elsewhere."""

from typing import TYPE_CHECKING

from dara.core._documented import absence
from dara.core.component import ComponentInstance
from dara.core.http import EndpointConfiguration

__all__ = ['ComponentInstance', 'EndpointConfiguration']

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        raise absence(__name__, name)
