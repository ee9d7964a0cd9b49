"""Help for testing backends: a database in memory, and the promises that every shared backend keeps."""

from dara.testing.contract import SharedBackendContract
from dara.testing.memory import MemoryDatabase, SharedMemoryBackend

__all__ = ['MemoryDatabase', 'SharedBackendContract', 'SharedMemoryBackend']
