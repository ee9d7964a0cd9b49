"""Blocks: the large parts of a result, named by their content, so that a tab is sent only the ones that it lacks."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from zlib import crc32

import orjson

from dara.core._json import Path

LEAST_BYTES: Final = 512
"""The size from which on a part of a value is a block."""
MOST_BLOCKS: Final = 128
"""The number of blocks that are aimed at. In a value with more large parts, only the larger ones are blocks."""
_SHARE_OF_FRAME: Final = 1 / 8
"""The share of a part that may be sent each time, because it is not in blocks; a part with more is one block."""
_SHARE_AT_TOP: Final = 1 / 2
"""The same for the whole value."""
_HEAD_BYTES: Final = 22
_PIECE_BYTES: Final = 4096
"""The least size of the pieces of a list, or of a text without lines."""
_LINES_AT_ENDS: Final = 8
"""One line out of so many may end a block, wherever in the text it is."""
_LONGEST: Final = 4
_NAME_BYTES: Final = 12


class Block(NamedTuple):
    """A large part of a value: where it is, and its JSON. Blocks at one path are the pieces of one text or list."""

    path: Path
    content: bytes

    @property
    def name(self) -> str:
        return urlsafe_b64encode(hashlib.blake2b(self.content, digest_size=_NAME_BYTES).digest()).decode()


class Division(NamedTuple):
    """A value in blocks.

    Attributes:
        frame: the value with `None` in the places of blocks, and an empty text or list in those of pieces.
    """

    frame: Any
    blocks: list[Block]


def divided(value: Any) -> Division:
    """Divide a value of dicts, lists and what orjson encodes.

    What has not changed from one value to the next is in equal blocks, as far as possible: texts with lines are
    divided at lines that differ from others, other texts and lists at every so many elements, from the beginning.
    """
    encoded = orjson.dumps(value)
    # A power of two, so that values of similar sizes are divided in the same places.
    least = max(LEAST_BYTES, 1 << (len(encoded) // MOST_BLOCKS).bit_length())
    divider = _Divider(least)
    return Division(divider.frame_of(value, encoded, ()), divider.blocks)


class _Divider:
    def __init__(self, least: int) -> None:
        self._least = least
        self._piece = max(least, _PIECE_BYTES)
        self.blocks: list[Block] = []

    def frame_of(self, value: Any, encoded: bytes, path: Path) -> Any:
        """Return the frame of a part of the value, and add its blocks."""
        if len(encoded) < self._least:
            return value
        if type(value) is str:
            return self._joined(list(self._pieces_of_text(value)), '', encoded, path)
        if type(value) is list and len(encoded) < len(value) * self._least:
            count = 1 << (self._piece * len(value) // len(encoded)).bit_length()
            return self._joined([value[at : at + count] for at in range(0, len(value), count)], [], encoded, path)
        if type(value) not in (dict, list):
            return self._add(encoded, path)
        count = len(self.blocks)
        frame = self._frame_of_members(value, path)
        heads = sum(_HEAD_BYTES + len(orjson.dumps(block.path)) for block in self.blocks[count:])
        share = _SHARE_OF_FRAME if path else _SHARE_AT_TOP
        if len(orjson.dumps(frame)) + heads <= share * len(encoded):
            return frame
        del self.blocks[count:]
        return self._add(encoded, path)

    def _frame_of_members(self, value: Any, path: Path) -> Any:
        frame = value.copy()
        for key, member in value.items() if type(value) is dict else enumerate(value):
            encoded = orjson.dumps(member)
            if len(encoded) >= self._least:
                frame[key] = self.frame_of(member, encoded, (*path, key))
        return frame

    def _pieces_of_text(self, text: str) -> Iterator[str]:
        if '\n' not in text:
            yield from (text[at : at + self._piece] for at in range(0, len(text), self._piece))
            return
        lines: list[str] = []
        size = 0
        for line in text.splitlines(keepends=True):
            lines.append(line)
            size += len(line)
            is_end = crc32(line.encode()) % _LINES_AT_ENDS == 0
            if size >= (self._least if is_end else _LONGEST * self._least):
                yield ''.join(lines)
                lines, size = [], 0
        yield ''.join(lines)

    def _joined(self, pieces: list[Any], empty: Any, encoded: bytes, path: Path) -> Any:
        if len(pieces) == 1:
            return self._add(encoded, path)
        self.blocks += [Block(path, orjson.dumps(piece)) for piece in pieces]
        return empty

    def _add(self, encoded: bytes, path: Path) -> None:
        self.blocks.append(Block(path, encoded))
