"""A documented import path; its names are defined elsewhere."""

from dara.core.css import CSSProperties

__all__ = ['CSSProperties']
