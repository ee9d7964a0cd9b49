"""The public API: variables, actions, components and the app."""

from dara.core._loops import run_sync
from dara.core.actions import ActionCtx, NotificationStatus, action, redo, undo
from dara.core.component import ComponentInstance
from dara.core.configuration import Configuration, ConfigurationBuilder
from dara.core.derived import Cache, DerivedVariable
from dara.core.errors import DaraError
from dara.core.flow import For, If, Match
from dara.core.py_components import py_component
from dara.core.router import Fallback, Link, Outlet, RouterPath
from dara.core.variables import Condition, SwitchVariable, Variable

__all__ = [
    'ActionCtx',
    'Cache',
    'ComponentInstance',
    'Condition',
    'Configuration',
    'ConfigurationBuilder',
    'DaraError',
    'DerivedVariable',
    'Fallback',
    'For',
    'If',
    'Link',
    'Match',
    'NotificationStatus',
    'Outlet',
    'RouterPath',
    'SwitchVariable',
    'Variable',
    'action',
    'py_component',
    'redo',
    'run_sync',
    'undo',
]
