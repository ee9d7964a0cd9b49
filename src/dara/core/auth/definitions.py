"""The user of the running code of the app."""

from typing import TYPE_CHECKING

from dara.core._absent import explain_absence
from dara.core._context import ID_TOKEN, SESSION_ID, USER, UserData

__all__ = ['ID_TOKEN', 'SESSION_ID', 'USER', 'UserData']

if not TYPE_CHECKING:
    __getattr__ = explain_absence(__name__)
