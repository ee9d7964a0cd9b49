"""A documented import path; its names are defined elsewhere."""

from dara.core.server_variable import (
    DataResponse,
    MemoryBackend,
    ServerBackend,
    ServerVariable,
    append_index,
    build_data_response,
)

__all__ = ['DataResponse', 'MemoryBackend', 'ServerBackend', 'ServerVariable', 'append_index', 'build_data_response']
