"""Encoded results: JSON that is made once, in a thread, and kept beside its result."""

from __future__ import annotations

import asyncio
import codecs
import time
import zlib
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar
from weakref import WeakKeyDictionary

import orjson

from dara.core._blocks import Block
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
    """The JSON of a result, or if it is large, lines of JSON whose elements together are the result, compressed.

    Attributes:
        in_blocks: whether it is a list of the result's frame and its blocks, in place of the result.
    """

    content: bytes
    is_large: bool
    in_blocks: bool = False

    @property
    def size(self) -> int:
        return len(self.content)

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

    def lines(self) -> Iterator[bytes]:
        """Yield the lines of a large result."""
        begun: list[bytes] = []
        for chunk in self._chunks():
            first, *others = chunk.split(b'\n')
            begun.append(first)
            for following in others:
                yield b''.join(begun)
                begun = [following]

    def _chunks(self) -> Iterator[bytes]:
        """Yield what was compressed, in chunks of at most `CHUNK_BYTES`."""
        decompressor = zlib.decompressobj(wbits=_GZIP)
        content = memoryview(self.content)
        for start in range(0, len(content), CHUNK_BYTES):
            rest: bytes | memoryview = content[start : start + CHUNK_BYTES]
            while rest:
                yield decompressor.decompress(rest, CHUNK_BYTES)
                rest = decompressor.unconsumed_tail


class _Line(NamedTuple):
    """A line of a result in blocks: a list with the frame, or with one block.

    Attributes:
        name: the name of the block.
        head: the line without the content of the block.
    """

    name: str | None
    head: bytes


class Divided:
    """An encoded result in blocks, of which each tab is sent those that it lacks.

    Args:
        frame: the frame of the value, and its blocks.

    Attributes:
        whole: the result for a tab without any of its blocks.
    """

    def __init__(self, frame: Any, blocks: Iterable[Block]) -> None:
        """Encode a result. Raises ResultTooLarge, and what the blocks raise."""
        self._lines: list[_Line] = []
        self._contents: list[bytes] = []
        self.whole = replace(Encoded.of(self._encoded(frame, blocks)), in_blocks=True)
        if len(self._lines) == 1 and not self.whole.is_large:
            self.whole = Encoded(orjson.dumps(frame), is_large=False)
            self._lines = []
        if self.whole.is_large:
            self._contents = []  # the whole is kept compressed
        self._latest: tuple[frozenset[str], Encoded] | None = None

    @property
    def size(self) -> int:
        return self.whole.size + sum(map(len, self._contents)) + (self._latest[1].size if self._latest else 0)

    def besides(self, known: Collection[str]) -> Encoded:
        """Return the result for a tab that has the blocks with these names. Takes time for a large one."""
        names = frozenset(known).intersection(line.name for line in self._lines if line.name)
        if not names:
            return self.whole
        latest = self._latest
        if latest is None or latest[0] != names:  # most tabs have shown the same result before
            contents = self._contents or self.whole.lines()
            pairs = zip(self._lines, contents, strict=False)
            lines = (line.head if line.name in names else content for line, content in pairs)
            latest = self._latest = names, replace(Encoded.of(lines), in_blocks=True)
        return latest[1]

    def _encoded(self, frame: Any, blocks: Iterable[Block]) -> Iterator[bytes]:
        """Yield the lines; the content of equal blocks is in the first of them."""
        yield self._add(None, b'[%b]' % orjson.dumps(frame))
        known: set[str] = set()
        for path, content in blocks:
            name = Block(path, content).name
            head = orjson.dumps([[path, name]])
            yield self._add(name, head, None if name in known else content)
            known.add(name)

    def _add(self, name: str | None, head: bytes, content: bytes | None = None) -> bytes:
        line = head if content is None else b'%b,%b]]' % (head[:-2], content)
        self._lines.append(_Line(name, head))
        self._contents.append(line)
        return line


class _Sized(Protocol):
    @property
    def size(self) -> int: ...


T = TypeVar('T', bound=_Sized)


class EncodedResults(Generic[T]):
    """The encodings of the results that are kept, up to `KEPT_BYTES`."""

    def __init__(self) -> None:
        self._tasks: WeakKeyDictionary[Computed, asyncio.Task[T]] = WeakKeyDictionary()

    async def get(self, computed: Computed, encode: Callable[[Any], Awaitable[T]]) -> T:
        """Return the encoding of a result: a kept one, that of a running task, or a new one."""
        task = self._tasks.pop(computed, None)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = asyncio.ensure_future(_run(encode, computed.value))
            task.add_done_callback(lambda _: self._drop_oldest())
        self._tasks[computed] = task  # the newest is last
        return await asyncio.shield(task)

    def _drop_oldest(self) -> None:
        sizes = {computed: task.result().size for computed, task in self._tasks.items() if _is_kept(task)}
        size = sum(sizes.values())
        for computed in sizes:
            if size <= KEPT_BYTES:
                return
            size -= sizes[computed]
            del self._tasks[computed]


async def _run(encode: Callable[[Any], Awaitable[T]], value: Any) -> T:
    return await encode(value)


def _is_kept(task: asyncio.Task[T]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None
