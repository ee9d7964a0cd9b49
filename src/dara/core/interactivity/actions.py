"""A documented import path; its names are defined elsewhere."""

from typing import TYPE_CHECKING

from dara.core._absent import explain_absence
from dara.core.actions import ActionCtx, NotificationStatus, action

__all__ = ['ActionCtx', 'NotificationStatus', 'action']

if not TYPE_CHECKING:
    __getattr__ = explain_absence(__name__)
