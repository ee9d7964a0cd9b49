"""The user of the running code of the app."""

from dara.core._context import get_user_data

__all__ = ['get_user_data']
