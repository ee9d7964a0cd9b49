"""A documented import path; its names are defined elsewhere."""

from dara.components import UploadDropzone

__all__ = ['UploadDropzone']
