"""A documented import path; its names are defined elsewhere."""

from dara.core.visual.components import Link, MenuLink, Navigate, Outlet

__all__ = ['Link', 'MenuLink', 'Navigate', 'Outlet']
