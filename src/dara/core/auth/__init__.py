"""Users, and the configs with which an app identifies them."""

from typing import TYPE_CHECKING

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

    def __getattr__(name: str) -> object:
        from dara.core._documented import absence  # long, and needed for errors only

        raise absence(__name__, name)
