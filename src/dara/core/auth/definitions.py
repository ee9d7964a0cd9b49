"""The user for whom the app's code runs."""

from dara.core._context import SESSION_ID, USER, UserData

__all__ = ['SESSION_ID', 'USER', 'UserData']
