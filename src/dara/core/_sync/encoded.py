"""Encoded results: JSON that is made once, in a thread, and kept beside its result."""

from __future__ import annotations

import asyncio
import codecs
import time
import zlib
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from dara.core._json_parts import joined
from dara.core._sync.results import Computed

MESSAGE_BYTES: Final = 256 * 1024
"""The size up to which a result is a part of a message. The browser fetches a larger one, which is compressed."""
RESULT_BYTES: Final = 128 * 1024 * 1024
"""The size of the largest result, before it is compressed. The longest string of a browser has four times the size."""
KEPT_BYTES: Final = 256 * 1024 * 1024
"""The size of all kept results, as they are kept."""
REST_SECONDS: Final = 0.0003
"""The time after which the event loop surely has the interpreter's lock, if it waits for the lock."""
CHUNK_BYTES: Final = MESSAGE_BYTES // 2
"""The size of a step of decompression, which takes less than a millisecond."""
GZIP_LEVEL: Final = 1
_GZIP: Final = 31


class ResultTooLarge(Exception):
    """Refusal of a result that takes more than `RESULT_BYTES`."""


class Piece(NamedTuple):
    """A piece of the lines of a large result: a whole line without its end, or a part of a longer one."""

    text: str
    is_line: bool


@dataclass(frozen=True, slots=True)
class Encoded:
    """The JSON of a result, or if it is large, lines of JSON whose elements together are the result, compressed."""

    content: bytes
    is_large: bool

    @classmethod
    def of(cls, parts: Iterable[bytes]) -> Encoded:
        """Encode the parts of a result. If it is large, this takes time, and rests after each part for other threads.

        Raises:
            ResultTooLarge: there are too many.
        """
        compressor = zlib.compressobj(GZIP_LEVEL, wbits=_GZIP)
        small: list[bytes] = []
        compressed: list[bytes] = []
        size = 0
        for part in parts:
            size += len(part)
            if size > RESULT_BYTES:
                raise ResultTooLarge
            small.append(part)
            if size > MESSAGE_BYTES:
                compressed.append(compressor.compress(b'%b\n' % b'\n'.join(small)))
                small.clear()
                time.sleep(REST_SECONDS)
        if not compressed:
            return cls(joined(small), is_large=False)
        rest = compressor.compress(b'%b\n' % b'\n'.join(small)) if small else b''
        return cls(b''.join([*compressed, rest, compressor.flush()]), is_large=True)

    def pieces(self) -> Iterator[Piece]:
        """Yield a large result in pieces of at most `MESSAGE_BYTES`. A line that has parts has its end in the last."""
        decode = codecs.getincrementaldecoder('utf-8')().decode
        begun, is_whole = b'', True
        for chunk in self._chunks():
            *ended, begun = (begun + chunk).split(b'\n')
            for line in ended:
                yield Piece(decode(line), is_line=True) if is_whole else Piece(f'{decode(line)}\n', is_line=False)
                is_whole = True
            if len(begun) >= CHUNK_BYTES:
                yield Piece(decode(begun), is_line=False)
                begun, is_whole = b'', False

    def _chunks(self) -> Iterator[bytes]:
        """Yield what was compressed, in chunks of at most `CHUNK_BYTES`."""
        decompressor = zlib.decompressobj(wbits=_GZIP)
        content = memoryview(self.content)
        for start in range(0, len(content), CHUNK_BYTES):
            rest: bytes | memoryview = content[start : start + CHUNK_BYTES]
            while rest:
                yield decompressor.decompress(rest, CHUNK_BYTES)
                rest = decompressor.unconsumed_tail


class EncodedResults:
    """The encodings of the results that are kept, up to `KEPT_BYTES`."""

    def __init__(self) -> None:
        self._tasks: WeakKeyDictionary[Computed, asyncio.Task[Encoded]] = WeakKeyDictionary()

    async def get(self, computed: Computed, encode: Callable[[Any], Awaitable[Encoded]]) -> Encoded:
        """Return the encoding of a result: a kept one, that of a running task, or a new one."""
        task = self._tasks.pop(computed, None)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = asyncio.ensure_future(_run(encode, computed.value))
            task.add_done_callback(lambda _: self._drop_oldest())
        self._tasks[computed] = task  # the newest is last
        return await asyncio.shield(task)

    def _drop_oldest(self) -> None:
        sizes = {computed: len(task.result().content) for computed, task in self._tasks.items() if _is_kept(task)}
        size = sum(sizes.values())
        for computed in sizes:
            if size <= KEPT_BYTES:
                return
            size -= sizes[computed]
            del self._tasks[computed]


async def _run(encode: Callable[[Any], Awaitable[Encoded]], value: Any) -> Encoded:
    return await encode(value)


def _is_kept(task: asyncio.Task[Encoded]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None
