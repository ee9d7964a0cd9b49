"""A documented import path; its names are defined elsewhere."""

from typing import TYPE_CHECKING

from dara.core._absent import explain_absence
from dara.core.actions import NavigateOptions
from dara.core.derived import Cache, CacheType
from dara.core.errors import NonTabularDataError
from dara.core.progress import TaskProgressUpdate
from dara.core.visual.components import RouterPath

__all__ = ['Cache', 'CacheType', 'NavigateOptions', 'NonTabularDataError', 'RouterPath', 'TaskProgressUpdate']

if not TYPE_CHECKING:
    __getattr__ = explain_absence(__name__)
