"""The public API: variables, actions, components and the app."""

from dara.core._context import run_sync
from dara.core.actions import ActionCtx, action
from dara.core.component import ComponentInstance
from dara.core.configuration import Configuration, ConfigurationBuilder
from dara.core.errors import DaraError
from dara.core.variables import Variable

__all__ = [
    'ActionCtx',
    'ComponentInstance',
    'Configuration',
    'ConfigurationBuilder',
    'DaraError',
    'Variable',
    'action',
    'run_sync',
]
