"""The user of the running code of the app."""

from typing import TYPE_CHECKING

from dara.core._context import ID_TOKEN, SESSION_ID, USER, UserData

__all__ = ['ID_TOKEN', 'SESSION_ID', 'USER', 'UserData']

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        from dara.core._documented import absence  # long, and needed for errors only

        raise absence(__name__, name)
