"""Lines of the journal: what is known of keys, as JSON with a checksum."""

from __future__ import annotations

import zlib
from typing import Any

import orjson

from dara.core._edits import parse_ops
from dara.core.persistence.changelog import LOG_BYTES, Change, CommittedEdit, Receipt, Writer
from dara.core.persistence.positions import Note


def row_of(note: Note) -> list[Any]:
    """Return what a line says of a key."""
    settled = [
        [
            [writer.user, writer.client, writer.store, writer.at],
            how.n,
            how.status,
            how.version,
            how.message,
            how.author,
            how.epoch,
        ]
        for writer, how in note.settled
    ]
    changes = [
        [
            change.base,
            change.version,
            [[each.author, each.n, orjson.Fragment(each.ops_json)] for each in change.entries],
        ]
        for change in note.changes
        if change.size <= LOG_BYTES  # else no log has room for it
    ]
    return [note.key, note.digest, note.epoch, note.version, note.covered, settled, changes]


def note_of(row: list[Any]) -> Note:
    """Return what a row of a line says. Raises whatever Python does where it is no such row."""
    key, digest, epoch, version, covered, settled, changes = row
    return Note(
        key,
        digest,
        epoch,
        version,
        [
            (Writer(*writer), Receipt(n, status, at_version, message, author, at_epoch))
            for writer, n, status, at_version, message, author, at_epoch in settled
        ],
        tuple(Change(base, to, tuple(_entry(*entry) for entry in entries)) for base, to, entries in changes),
        covered,
    )


def _entry(author: int, n: int, ops: Any) -> CommittedEdit:
    return CommittedEdit(author, n, parse_ops(ops), orjson.dumps(ops))


def line_of(what: str, *rest: Any) -> bytes:
    """One line of the journal, with a checksum in front: a disk may have kept only a part of it."""
    content = orjson.dumps([what, *(each if isinstance(each, int) else list(each) for each in rest)])
    return b'%08x %s\n' % (zlib.crc32(content), content)


def parse_line(line: bytes) -> Any:
    """Return the content of a line; `None` if it is not as it was written."""
    checksum, _, content = line.partition(b' ')
    try:
        return orjson.loads(content) if int(checksum, 16) == zlib.crc32(content) else None
    except ValueError:
        return None
