"""Files of Python values whose large parts several processes map: they are in memory once, whoever uses them."""

from __future__ import annotations

import io
import mmap
import os
import pickle
import struct
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Final

LEAST_BYTES: Final = 1_000_000
"""The size of the parts of a value from which on they are worth a file of their own."""
MOST_PICKLED_BYTES: Final = 64_000_000
"""The size of the other objects of a value from which on too much of it would be in memory more than once."""
_ALIGNMENT: Final = 64
_NUMBER: Final = struct.Struct('<Q')


class _Pickler(pickle.Pickler):
    """A pickler that leaves out the memory of arrays of numpy, of pandas, of Arrow and of polars."""

    def __init__(self, file: Any, parts: list[pickle.PickleBuffer]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL, buffer_callback=parts.append)

    def reducer_override(self, value: Any) -> Any:
        kind = type(value)
        match kind.__module__.partition('.')[0], kind.__name__:
            case 'numpy', 'ndarray' if value.dtype.kind in 'mM':  # which have no buffers
                return _moments, (value.view('i8'), value.dtype)
            case 'polars', 'DataFrame':
                table = _arrow_of(value)
                return NotImplemented if table is None else (_polars_of, (table,))
        return NotImplemented


class _Digest(io.RawIOBase):
    """A file of which only the digest is kept. Raises TooManyObjects if it becomes large."""

    def __init__(self) -> None:
        self.hash = sha256()
        self._size = 0

    def write(self, content: Any) -> int:
        view = memoryview(content)
        self.hash.update(view)
        self._size += view.nbytes
        if self._size > MOST_PICKLED_BYTES:
            raise TooManyObjects
        return view.nbytes


class TooManyObjects(Exception):
    """Refusal of a value that is mostly objects of Python. These cannot be shared."""


def dump(value: Any, file: BinaryIO) -> int:
    """Write a value; return the size of the parts that can be mapped. Raises what `pickle.dump` does."""
    parts: list[pickle.PickleBuffer] = []
    _Pickler(file, parts).dump(value)
    places = [file.tell()]
    for part in parts:
        file.write(bytes(-file.tell() % _ALIGNMENT))
        with part.raw() as content:
            places += [file.tell(), content.nbytes]
            file.write(content)
    file.write(b''.join(map(_NUMBER.pack, [*places, len(places)])))
    return sum(places[2::2])


def load(path: Path, *, is_mapped: bool) -> Any:
    """Read a value.

    Args:
        is_mapped: let it share its memory with other processes. The file may be deleted meanwhile, but only on a file
            system of this host. What a process changes in the value remains its own.
    """
    with path.open('rb') as file:
        if is_mapped:
            view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
        else:
            view = memoryview(bytearray(os.fstat(file.fileno()).st_size))
            file.readinto(view)
    end = len(view) - _NUMBER.size
    (count,) = _NUMBER.unpack_from(view, end)
    places = [place for (place,) in _NUMBER.iter_unpack(view[end - count * _NUMBER.size : end])]
    parts = [view[start : start + size] for start, size in zip(places[1::2], places[2::2], strict=True)]
    return pickle.loads(view[: places[0]], buffers=parts)  # noqa: S301  # only this user can write the file


def digest(value: Any) -> str | None:
    """Return a name of the content of a value; `None` if processes would gain little by sharing it."""
    parts: list[pickle.PickleBuffer] = []
    file = _Digest()
    pickler = _Pickler(file, parts)
    pickler.fast = True  # else equal values differ if a part occurs twice, once as two objects
    try:
        pickler.dump(value)
    except Exception:  # of any class that cannot be pickled, refers to itself, or has too many objects
        return None
    contents = [part.raw() for part in parts]
    if sum(content.nbytes for content in contents) < LEAST_BYTES:
        return None
    for content in contents:
        file.hash.update(content)
    return file.hash.hexdigest()


def _moments(numbers: Any, dtype: Any) -> Any:
    """Return numbers as the dates or the durations that they are."""
    return numbers.view(dtype)


def _arrow_of(frame: Any) -> Any:
    """Return a DataFrame of polars as Arrow without a copy; `None` if it would not be the same again."""
    try:
        import polars

        table = frame.to_arrow(compat_level=polars.CompatLevel.newest())
        return table if _polars_of(table).schema == frame.schema else None
    except Exception:  # pyarrow is not installed, or Arrow has no such type
        return None


def _polars_of(table: Any) -> Any:
    import polars

    return polars.from_arrow(table, rechunk=False)
