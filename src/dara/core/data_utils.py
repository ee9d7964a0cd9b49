"""A documented import path; its names are defined elsewhere."""

from typing import TYPE_CHECKING

from dara.core._absent import explain_absence

if not TYPE_CHECKING:
    __getattr__ = explain_absence(__name__)
