"""Lines of the journal: checkpoints and commits as JSON with a checksum."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any

import orjson

from dara.core._edits import parse_ops
from dara.core.persistence.changelog import (
    LOG_BYTES,
    Change,
    ChangeLog,
    CommittedEdit,
    Mark,
    Receipt,
    Receipts,
    Writer,
)
from dara.core.persistence.checkpoints import Checkpoint, Commit, Step


def row_of_step(step: Step) -> list[Any]:
    """Encode a commit of a key."""
    commit = step.commit
    changes = [commit.change] if commit.change else []
    return [step.key, step.digest, [*commit.mark], _receipt_rows(commit.receipts.items()), _change_rows(changes)]


def step_of(row: list[Any]) -> Step:
    """Decode a commit of a key. An invalid row raises whatever Python raises."""
    key, digest, mark, receipts, changes = row
    change = next(iter(_changes_of(changes)), None)
    return Step(key, digest, Commit(Mark(*mark), dict(_receipts_of(receipts)), change))


def row_of_checkpoint(key: str, checkpoint: Checkpoint) -> list[Any]:
    """Encode a checkpoint of a key."""
    receipts = checkpoint.receipts
    rows = _receipt_rows(receipts), _change_rows(checkpoint.log)
    return [key, checkpoint.digest, [*checkpoint.mark], receipts.covered, *rows]


def checkpoint_of(row: list[Any]) -> tuple[str, Checkpoint]:
    """Decode a checkpoint of a key. An invalid row raises whatever Python raises."""
    key, digest, mark, covered, receipts, changes = row
    checkpoint = Checkpoint(Mark(*mark), digest, Receipts(covered), ChangeLog())
    for writer, receipt in _receipts_of(receipts):
        checkpoint.receipts.add(writer, receipt)
    for change in _changes_of(changes):
        checkpoint.log.append(change)
    return key, checkpoint


def line_of(kind: str, *content: Any) -> bytes:
    """Encode a line with a checksum in front, because a crash may leave a part of it only."""
    encoded = orjson.dumps([kind, *(each if isinstance(each, int) else list(each) for each in content)])
    return b'%08x %s\n' % (zlib.crc32(encoded), encoded)


def parse_line(line: bytes) -> Any:
    """Decode a line; return None if its checksum does not match."""
    checksum, _, content = line.partition(b' ')
    try:
        return orjson.loads(content) if int(checksum, 16) == zlib.crc32(content) else None
    except ValueError:
        return None


def _receipt_rows(receipts: Iterable[tuple[Writer, Receipt]]) -> list[Any]:
    return [
        [
            [writer.user, writer.client, writer.store, writer.at],
            [each.n, each.status, each.version, each.message, each.author, each.epoch],
        ]
        for writer, each in receipts
    ]


def _receipts_of(rows: list[Any]) -> list[tuple[Writer, Receipt]]:
    return [(Writer(*writer), Receipt(*receipt)) for writer, receipt in rows]


def _change_rows(changes: Iterable[Change]) -> list[Any]:
    """Encode changes, except those that exceed the bound of every log."""
    return [
        [
            change.base,
            change.version,
            [[each.author, each.n, orjson.Fragment(each.ops_json)] for each in change.entries],
        ]
        for change in changes
        if change.size <= LOG_BYTES
    ]


def _changes_of(rows: list[Any]) -> list[Change]:
    return [Change(base, version, tuple(_entry_of(*entry) for entry in entries)) for base, version, entries in rows]


def _entry_of(author: int, n: int, ops: Any) -> CommittedEdit:
    return CommittedEdit(author, n, parse_ops(ops), orjson.dumps(ops))
