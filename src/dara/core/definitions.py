"""A documented import path; its names are defined elsewhere."""

from typing import TYPE_CHECKING

from dara.core._absent import explain_absence
from dara.core._older import discover
from dara.core.component import DEFAULT_ERROR_DESCRIPTION, DEFAULT_ERROR_TITLE, ComponentInstance, ErrorHandlingConfig
from dara.core.http import EndpointConfiguration
from dara.core.visual.components import BaseFallback
from dara.core.visual.styled import StyledComponentInstance

__all__ = [
    'DEFAULT_ERROR_DESCRIPTION',
    'DEFAULT_ERROR_TITLE',
    'BaseFallback',
    'ComponentInstance',
    'EndpointConfiguration',
    'ErrorHandlingConfig',
    'StyledComponentInstance',
    'discover',
]

if not TYPE_CHECKING:
    __getattr__ = explain_absence(__name__)
