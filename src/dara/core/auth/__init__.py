"""Users, and the configs with which an app identifies them."""

from typing import TYPE_CHECKING

from dara.core._absent import explain_absence
from dara.core._context import ID_TOKEN, SESSION_ID, USER, UserData, get_user_data
from dara.core.auth.config import BaseAuthConfig, BasicAuthConfig, DefaultAuthConfig, MultiBasicAuthConfig

__all__ = [
    'ID_TOKEN',
    'SESSION_ID',
    'USER',
    'BaseAuthConfig',
    'BasicAuthConfig',
    'DefaultAuthConfig',
    'MultiBasicAuthConfig',
    'UserData',
    'get_user_data',
]

if not TYPE_CHECKING:
    __getattr__ = explain_absence(__name__)
