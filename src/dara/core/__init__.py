"""The public API: variables, actions, components and the app."""

from typing import TYPE_CHECKING

from dara.core._absent import explain_absence
from dara.core._loops import run_sync
from dara.core._older import UrlVariable, discover
from dara.core._operators import Operator
from dara.core._switch import SwitchVariable
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
from dara.core.errors import DaraError
from dara.core.flow import For, If, Match
from dara.core.http import EndpointConfiguration
from dara.core.persistence import PersistenceStore
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
from dara.core.variables import AnyVariable, Condition, Variable
from dara.core.visual.components import BaseFallback, MenuLink, Navigate, SideBarFrame, TopBarFrame
from dara.core.visual.styled import StyledComponentInstance

__all__ = [
    'DEFAULT_ERROR_DESCRIPTION',
    'DEFAULT_ERROR_TITLE',
    'ActionCtx',
    'AnyVariable',
    'BaseAuthConfig',
    'BaseFallback',
    'CSSProperties',
    'Cache',
    'CacheType',
    'ComponentInstance',
    'Condition',
    'Configuration',
    'ConfigurationBuilder',
    'DaraError',
    'DefaultAuthConfig',
    'DerivedVariable',
    'EndpointConfiguration',
    'ErrorHandlingConfig',
    'Fallback',
    'For',
    'If',
    'IndexRoute',
    'LayoutRoute',
    'Link',
    'Match',
    'MenuLink',
    'Navigate',
    'NavigateOptions',
    'NotificationStatus',
    'Operator',
    'Outlet',
    'PageRoute',
    'PersistenceStore',
    'PrefixRoute',
    'Router',
    'RouterPath',
    'SideBarFrame',
    'StyledComponentInstance',
    'SwitchVariable',
    'TopBarFrame',
    'UrlVariable',
    'Variable',
    'action',
    'discover',
    'get_icon',
    'py_component',
    'redo',
    'run_sync',
    'undo',
]

if not TYPE_CHECKING:
    __getattr__ = explain_absence(__name__)
