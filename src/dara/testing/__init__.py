"""Help for testing backends: their promises as tests, and a database in memory."""

from dara.testing.backends import BackendContract
from dara.testing.contract import SharedBackendContract
from dara.testing.memory import MemoryDatabase, SharedMemoryBackend

__all__ = ['BackendContract', 'MemoryDatabase', 'SharedBackendContract', 'SharedMemoryBackend']
