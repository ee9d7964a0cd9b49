"""Users, and the configs with which an app identifies them."""

from dara.core._context import SESSION_ID, USER, UserData, get_user_data
from dara.core.auth.config import BaseAuthConfig, BasicAuthConfig, DefaultAuthConfig, MultiBasicAuthConfig

__all__ = [
    'SESSION_ID',
    'USER',
    'BaseAuthConfig',
    'BasicAuthConfig',
    'DefaultAuthConfig',
    'MultiBasicAuthConfig',
    'UserData',
    'get_user_data',
]
