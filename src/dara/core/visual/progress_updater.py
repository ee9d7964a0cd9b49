"""A documented import path; its names are defined elsewhere."""

from dara.core.progress import ProgressUpdater, track_progress

__all__ = ['ProgressUpdater', 'track_progress']
