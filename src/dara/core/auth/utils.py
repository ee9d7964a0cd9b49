"""The user for whom the app's code runs."""

from dara.core._context import get_user_data

__all__ = ['get_user_data']
