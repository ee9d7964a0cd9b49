"""Lines of the journal: checkpoints and commits as JSON with a checksum."""

from __future__ import annotations

import zlib
from typing import Any

import orjson

from dara.core.persistence.changelog import LOG_BYTES, ChangeLog, Mark, Receipts
from dara.core.persistence.checkpoints import ANYTHING, Checkpoint, Commit, Step
from dara.core.persistence.rows import change_rows, changes_of, receipt_rows, receipts_of, version_rows


def row_of_step(step: Step) -> list[Any]:
    """Encode a commit of a key."""
    commit = step.commit
    changes = [commit.change] if commit.change and commit.change.size <= LOG_BYTES else []
    rows = receipt_rows(commit.receipts.items()), change_rows(changes), *version_rows(commit.value_version)
    return [step.key, step.digest, [*commit.mark], *rows]


def step_of(row: list[Any]) -> Step:
    """Decode a commit of a key. An invalid row raises whatever Python raises."""
    key, digest, mark, receipts, changes, *versions = row
    change = next(iter(changes_of(changes)), None)
    return Step(key, digest, Commit(Mark(*mark), dict(receipts_of(receipts)), change, ANYTHING, *versions))


def row_of_checkpoint(key: str, checkpoint: Checkpoint) -> list[Any]:
    """Encode a checkpoint of a key."""
    receipts = checkpoint.receipts
    rows = receipt_rows(receipts), change_rows(each for each in checkpoint.log if each.size <= LOG_BYTES)
    return [
        key,
        checkpoint.digest,
        [*checkpoint.mark],
        receipts.covered,
        *rows,
        *version_rows(checkpoint.value_version),
    ]


def checkpoint_of(row: list[Any]) -> tuple[str, Checkpoint]:
    """Decode a checkpoint of a key. An invalid row raises whatever Python raises."""
    key, digest, mark, covered, receipts, changes, *versions = row
    checkpoint = Checkpoint(Mark(*mark), digest, Receipts(covered), ChangeLog(), None, *versions)
    for writer, receipt in receipts_of(receipts):
        checkpoint.receipts.add(writer, receipt)
    for change in changes_of(changes):
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
