"""A documented import path; its names are defined elsewhere."""

from dara.core.visual.components import TopBarFrame

__all__ = ['TopBarFrame']
