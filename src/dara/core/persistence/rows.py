"""Changes, receipts and updates as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from dara.core._edits import ABSENT, parse_ops
from dara.core.persistence.changelog import Change, CommittedEdit, Mark, Receipt, Update, Whole, Writer


def receipt_rows(receipts: Iterable[tuple[Writer, Receipt]]) -> list[Any]:
    """Encode receipts with their writers."""
    return [
        [
            [writer.user, writer.client, writer.store, writer.at],
            [each.n, each.status, each.version, each.message, each.author, each.epoch],
        ]
        for writer, each in receipts
    ]


def receipts_of(rows: list[Any]) -> list[tuple[Writer, Receipt]]:
    """Decode receipts with their writers. Invalid rows raise whatever Python raises, here and below."""
    return [(Writer(*writer), Receipt(*receipt)) for writer, receipt in rows]


def change_rows(changes: Iterable[Change]) -> list[Any]:
    """Encode changes, of which the ops are encoded already."""
    return [[change.base, change.version, _entry_rows(change)] for change in changes]


def changes_of(rows: list[Any]) -> list[Change]:
    """Decode changes."""
    return [Change(base, version, _entries_of(entries)) for base, version, entries in rows]


def dump_update(update: Update) -> bytes:
    """Encode an update: `[base, tip, [epoch, version], change, receipts]`, and the version of its value if it is not 1.

    The change is a list of entries `[author, n, ops]`, or an object with the whole value as its member `value`. An
    entry with a reason is `[author, n, ops, reason, on_behalf_of]`.
    """
    change = update.change
    if isinstance(change, Whole):
        encoded: Any = {} if change.value is ABSENT else {'value': change.value}
    else:
        encoded = _entry_rows(change)
    rows = receipt_rows(update.receipts.items()), *version_rows(update.value_version)
    return orjson.dumps([update.base, update.tip, [*update.mark], encoded, *rows])


def version_rows(value_version: int) -> list[int]:
    """Encode the version of a value, if it is not 1."""
    return [value_version] if value_version > 1 else []


def parse_update(content: bytes | str) -> Update:
    """Decode an update."""
    base, tip, (epoch, version), encoded, receipts, *versions = orjson.loads(content)
    if isinstance(encoded, dict):
        change: Change | Whole = Whole(encoded.get('value', ABSENT))
    else:
        change = Change(version - 1, version, _entries_of(encoded))
    return Update(base, tip, Mark(epoch, version), change, dict(receipts_of(receipts)), *versions)


def _entry_rows(change: Change) -> list[Any]:
    return [[each.author, each.n, orjson.Fragment(each.ops_json), *_reason_row(each)] for each in change.entries]


def _reason_row(entry: CommittedEdit) -> list[str | None]:
    return [] if entry.reason is None else [entry.reason, entry.on_behalf_of]


def _entries_of(rows: list[Any]) -> tuple[CommittedEdit, ...]:
    return tuple(CommittedEdit(author, n, parse_ops(ops), orjson.dumps(ops), *rest) for author, n, ops, *rest in rows)
