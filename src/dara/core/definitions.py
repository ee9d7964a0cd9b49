"""A documented import path; its names are defined elsewhere."""

from typing import TYPE_CHECKING

from dara.core._documented import absence
from dara.core.component import ComponentInstance, ErrorHandlingConfig
from dara.core.http import EndpointConfiguration
from dara.core.visual.components import BaseFallback
from dara.core.visual.styled import StyledComponentInstance

__all__ = [
    'BaseFallback',
    'ComponentInstance',
    'EndpointConfiguration',
    'ErrorHandlingConfig',
    'StyledComponentInstance',
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        raise absence(__name__, name)
