"""The user of the running code of the app."""

from dara.core._context import SESSION_ID, USER, UserData

__all__ = ['SESSION_ID', 'USER', 'UserData']
