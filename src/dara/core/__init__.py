"""The public API: variables, actions, components and the app."""

from typing import TYPE_CHECKING

from dara.core._absent import import_when_used
from dara.core._looks import Brand
from dara.core._loops import run_sync
from dara.core._older import UrlVariable, discover
from dara.core._operators import Operator
from dara.core._switch import SwitchVariable
from dara.core._uploads import Upload
from dara.core.actions import ActionCtx, NavigateOptions, NotificationStatus, action, redo, undo
from dara.core.auth import BaseAuthConfig, DefaultAuthConfig
from dara.core.component import (
    DEFAULT_ERROR_DESCRIPTION,
    DEFAULT_ERROR_TITLE,
    ComponentInstance,
    ErrorHandlingConfig,
)
from dara.core.configuration import Configuration, ConfigurationBuilder
from dara.core.css import CSSProperties, get_icon
from dara.core.derived import Cache, CacheType, DerivedVariable
from dara.core.errors import DaraError, NonTabularDataError
from dara.core.flow import For, If, Match
from dara.core.http import EndpointConfiguration
from dara.core.persistence import PersistenceStore
from dara.core.progress import ProgressUpdater, TaskProgressUpdate, track_progress
from dara.core.py_components import py_component
from dara.core.router import (
    Fallback,
    IndexRoute,
    LayoutRoute,
    Link,
    Outlet,
    PageRoute,
    PrefixRoute,
    Router,
    RouterPath,
)
from dara.core.server_variable import AnyDataVariable, DataVariable, DerivedDataVariable, ServerVariable
from dara.core.variables import AnyVariable, Condition, Variable
from dara.core.visual.components import BaseFallback, MenuLink, Navigate, ProgressTracker, SideBarFrame, TopBarFrame
from dara.core.visual.styled import StyledComponentInstance

if TYPE_CHECKING:
    from dara.core._themes import BaseTheme, Dark, Light, ThemeColors, ThemeDef, ThemeFont, ThemeShadows
    from dara.core.visual.theming import ThemeProvider

__all__ = [
    'DEFAULT_ERROR_DESCRIPTION',
    'DEFAULT_ERROR_TITLE',
    'ActionCtx',
    'AnyDataVariable',
    'AnyVariable',
    'BaseAuthConfig',
    'BaseFallback',
    'BaseTheme',
    'Brand',
    'CSSProperties',
    'Cache',
    'CacheType',
    'ComponentInstance',
    'Condition',
    'Configuration',
    'ConfigurationBuilder',
    'DaraError',
    'Dark',
    'DataVariable',
    'DefaultAuthConfig',
    'DerivedDataVariable',
    'DerivedVariable',
    'EndpointConfiguration',
    'ErrorHandlingConfig',
    'Fallback',
    'For',
    'If',
    'IndexRoute',
    'LayoutRoute',
    'Light',
    'Link',
    'Match',
    'MenuLink',
    'Navigate',
    'NavigateOptions',
    'NonTabularDataError',
    'NotificationStatus',
    'Operator',
    'Outlet',
    'PageRoute',
    'PersistenceStore',
    'PrefixRoute',
    'ProgressTracker',
    'ProgressUpdater',
    'Router',
    'RouterPath',
    'ServerVariable',
    'SideBarFrame',
    'StyledComponentInstance',
    'SwitchVariable',
    'TaskProgressUpdate',
    'ThemeColors',
    'ThemeDef',
    'ThemeFont',
    'ThemeProvider',
    'ThemeShadows',
    'TopBarFrame',
    'Upload',
    'UrlVariable',
    'Variable',
    'action',
    'discover',
    'get_icon',
    'py_component',
    'redo',
    'run_sync',
    'track_progress',
    'undo',
]

if not TYPE_CHECKING:  # models take time to make, and few apps have a theme of their own
    __getattr__ = import_when_used(
        __name__,
        {
            'dara.core._themes': 'BaseTheme Dark Light ThemeColors ThemeDef ThemeFont ThemeShadows',
            'dara.core.visual.theming': 'ThemeProvider',
        },
    )
