"""`Tables`: what a `SQLiteBackend` reads and writes, in the thread that has the connection."""
# ruff: noqa: S608  # the statements are made of constants

from __future__ import annotations

import secrets
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Final, NamedTuple

import orjson

from dara.core._edits import ABSENT, Value
from dara.core.errors import StoreCorrupt
from dara.core.persistence.changelog import LOG_BYTES, LOG_EDITS, Change, Mark, Receipt, Update, Writer
from dara.core.persistence.databases.sqlite_session import Session
from dara.core.persistence.rows import dump_update, parse_update, receipt_rows, receipts_of
from dara.core.persistence.shared import NO_TIP, Conflict, Loaded, OnOutside, Proposal, is_outside

TURN_SECONDS: Final = 0.05
COMMITS_PER_TRIM: Final = 50
PAGE_BYTES: Final = 1024 * 1024
KEY_BYTES: Final = 1000
SETTLED_SECONDS: Final = 5
"""The time without commits after which another server has failed to store a value."""
RECEIPT_SECONDS: Final = 24 * 3600
SWEPT_KEYS: Final = 1000
SWEPT_RECEIPTS: Final = 500
_CHAIN: Final = """
    WITH RECURSIVE chain(id, previous, base, version, n, size) AS (
        SELECT id, previous, base, version, 1, length(body) FROM "$__log" WHERE id = ?
        UNION ALL
        SELECT log.id, log.previous, log.base, log.version, n + 1, size + length(body)
        FROM chain JOIN "$__log" AS log ON log.id = chain.previous
        WHERE chain.base <> ?
    )"""
_BODIES: Final = f'{_CHAIN} SELECT chain.version, body FROM chain JOIN "$__log" USING (id) ORDER BY n'
_IDS: Final = f'{_CHAIN} SELECT id, base FROM chain'
_TRIM: Final = f"""DELETE FROM "$__log" WHERE id IN (
    {_CHAIN} SELECT id FROM chain WHERE n > 1 AND version <= ? AND (n > ? OR size > ?)
)"""
_VALUES: Final = """
    SELECT tips.key, value, tips.version > tips.snapshot FROM "$__tips" AS tips LEFT JOIN "$" AS v ON v.key = tips.key
    WHERE tips.key >= ? AND (v.key IS NOT NULL OR tips.version > tips.snapshot) ORDER BY tips.key"""
"""The keys that may have values, with these, and whether they are older than the latest commits."""
_ALL: Final = 'none'
"""No tip, so that a chain goes back to the start of the log."""


class _Row(NamedTuple):
    """The present state of a key."""

    tip: str
    epoch: str
    version: int
    snapshot: int
    last: int
    file: str
    turn: str
    turn_ends: float


class Tables:
    """The data of a backend.

    Args:
        file: the incarnation of the file. A key that was committed in another one begins a new epoch.
        before: the tables that were used before. What they have not reported is reported if the file is the same.
    """

    def __init__(self, session: Session, file: str, before: Tables | None = None) -> None:
        self.session = session
        self._file = file
        self.seen: int = before.seen if before and before._file == file else self._latest()
        """The last row of the log that was reported."""

    # Reading.

    def load(self, key: str) -> Loaded:
        """Return the state of a key."""
        with self.session.reading():
            row = self._row(key)
            if row is None:
                return Loaded(Mark(self._file, 0), NO_TIP, ABSENT)
            if row.file == self._file:
                return self._loaded(key, row)
        with self.session.writing():
            return self._loaded(key, self._renewed(key))

    def updates(self, key: str, since: str) -> Sequence[Update] | None:
        """Return the commits after a tip; None if the log does not reach back to it."""
        with self.session.reading():
            row = self._row(key)
            return self._since(row, since) if row else _since_nothing(since)

    def receipts(self, key: str, writers: Collection[Writer]) -> Mapping[Writer, Receipt]:
        """Return the receipts of these writers."""
        found = []
        for writer, _ in receipt_rows((writer, Receipt()) for writer in writers):
            row = self.session.row(
                'SELECT receipt FROM "$__receipts" WHERE key = ? AND writer = ?', key, orjson.dumps(writer).decode()
            )
            if row:
                found.append([writer, orjson.loads(row[0])])
        return dict(receipts_of(found))

    def tips(self, keys: Collection[str]) -> Mapping[str, str]:
        """Return the tips of the keys that have one."""
        with self.session.reading():
            rows = {key: self.session.row('SELECT tip FROM "$__tips" WHERE key = ?', key) for key in keys}
        return {key: row[0] for key, row in rows.items() if row}

    def page(self, start: str) -> tuple[Sequence[tuple[str, Value]], str | None]:
        """Return values with their keys from a key on, as many as take little memory, and the next key, if any."""
        found: list[tuple[str, Value]] = []
        size = 0
        with self.session.reading(), closing(self.session.rows(_VALUES, start)) as rows:
            for key, held, is_old in rows:
                if size > PAGE_BYTES:
                    return found, key
                value = self._latest_value(key) if is_old else self._parsed(key, held)
                if value is not ABSENT:
                    found.append((key, value))
                size += len(held or '') + KEY_BYTES
        return found, None

    def _row(self, key: str) -> _Row | None:
        row = self.session.row(
            'SELECT tip, epoch, version, snapshot, last, file, turn, turn_ends FROM "$__tips" WHERE key = ?', key
        )
        return row and _Row(*row)

    def _latest_value(self, key: str) -> Value:
        row = self._row(key)
        return self._loaded(key, row).value if row else ABSENT

    def _parsed(self, key: str, held: str) -> Value:
        try:
            value: Value = orjson.loads(held)
        except ValueError as error:
            raise self._corrupt(key, error) from error
        return value

    def _snapshot(self, key: str) -> Value:
        held = self.session.row('SELECT value FROM "$" WHERE key = ?', key)
        return orjson.loads(held[0]) if held else ABSENT

    def _corrupt(self, key: str, error: ValueError) -> StoreCorrupt:
        return StoreCorrupt(f'{self.session.path}, key {key!r}: {error}. It was left as it is.')

    def _loaded(self, key: str, row: _Row) -> Loaded:
        mark = Mark(row.epoch, row.version)
        bodies = self.session.execute(_BODIES, row.last, _ALL)
        updates: list[Update] = []
        try:
            snapshot = self._snapshot(key)
            for version, body in bodies:
                try:
                    updates.append(parse_update(body))
                except ValueError:  # of another program, which has since mended it
                    if version > row.snapshot:
                        raise
                    break
        except ValueError as error:
            raise self._corrupt(key, error) from error
        return Loaded.replay(mark, row.tip, snapshot, row.snapshot, updates[::-1])

    def _since(self, row: _Row, tip: str) -> Sequence[Update] | None:
        if tip == row.tip:
            return []
        ids = [(id_, base) for id_, base in self.session.execute(_IDS, row.last, tip)]
        if not ids or ids[-1][1] != tip:
            return None
        try:
            return [self._update(id_) for id_, _ in reversed(ids)]
        except ValueError:
            return None

    def _update(self, id_: int) -> Update:
        return parse_update(self.session.row('SELECT body FROM "$__log" WHERE id = ?', id_)[0])

    # Committing.

    def commit(self, proposals: Sequence[Proposal]) -> Sequence[Conflict | Exception | None]:
        """Store proposals, each by itself, or return why not."""
        with self.session.writing():
            return [self._answer(each) for each in proposals]

    def _answer(self, proposal: Proposal) -> Conflict | Exception | None:
        answer: Conflict | Exception | None
        self.session.execute('SAVEPOINT proposal')
        try:
            answer = self._commit(proposal)
        except Exception as error:
            if not self.session.is_about_values(error):
                raise
            self.session.execute('ROLLBACK TO proposal')
            answer = ValueError(f'{self.session.path} refused it: {error}')
        self.session.execute('RELEASE proposal')
        return answer

    def _commit(self, proposal: Proposal) -> Conflict | None:
        key, update = proposal.key, proposal.update
        row = self._row(key)
        if row and row.file != self._file:
            row = self._renewed(key)
        if row is None:
            if update.base != NO_TIP:
                return Conflict(_since_nothing(update.base))
        else:
            conflict = self._conflict(row, proposal)
            if conflict:
                return conflict
        version = update.mark.version
        snapshot = version if proposal.is_snapshot else row.snapshot if row else 0
        self._advance(key, row, update, proposal.encoded_update, snapshot)
        if proposal.is_snapshot:
            self._store_value(key, proposal.encoded, version)
        self._store_receipts(key, update)
        if version % COMMITS_PER_TRIM == 0:
            self._trim(key)
        return None

    def _conflict(self, row: _Row, proposal: Proposal) -> Conflict | None:
        server = proposal.update.tip.partition(':')[0]
        now = time.time()
        # An end further away than a turn takes is of a clock that has been set.
        is_anothers = now < row.turn_ends <= now + TURN_SECONDS and row.turn != server
        if proposal.update.base == row.tip and not is_anothers:
            return None
        if proposal.has_turn and not is_anothers:
            self.session.execute(
                'UPDATE "$__tips" SET turn = ?, turn_ends = ? WHERE key = ?', server, now + TURN_SECONDS, proposal.key
            )
        return Conflict(self._since(row, proposal.update.base), is_anothers)

    def _advance(self, key: str, row: _Row | None, update: Update, body: bytes, snapshot: int) -> None:
        epoch, version = update.mark
        last = self.session.row(
            """INSERT INTO "$__log" (key, previous, base, tip, version, body) VALUES (?, ?, ?, ?, ?, ?) RETURNING id""",
            key,
            row.last if row else 0,
            update.base,
            update.tip,
            version,
            body,
        )[0]
        self.session.execute(
            """INSERT OR REPLACE INTO "$__tips" (key, tip, epoch, version, snapshot, last, file, at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            key,
            update.tip,
            epoch,
            version,
            snapshot,
            last,
            self._file,
            time.time(),
        )

    def _store_value(self, key: str, value: bytes | None, version: int) -> None:
        if value is None:
            self.session.execute('DELETE FROM "$" WHERE key = ?', key)
        else:
            self.session.execute(
                """INSERT INTO "$" (key, value, version) VALUES (?, ?, ?)
                ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = excluded.version""",
                key,
                value.decode(),
                version,
            )

    def _store_receipts(self, key: str, update: Update) -> None:
        now = time.time()
        self.session.execute_many(
            'INSERT OR REPLACE INTO "$__receipts" VALUES (?, ?, ?, ?)',
            [
                (key, orjson.dumps(writer).decode(), orjson.dumps(receipt).decode(), now)
                for writer, receipt in receipt_rows(update.receipts.items())
            ],
        )

    def _trim(self, key: str) -> None:
        """Remove what the log has beyond its bounds, but for commits that no snapshot has."""
        row = self._row(key)
        assert row
        self.session.execute(_TRIM, row.last, _ALL, row.snapshot, LOG_EDITS, LOG_BYTES)

    def _renewed(self, key: str) -> _Row:
        """Begin a new epoch of a key that was committed in another incarnation of the file."""
        row = self._row(key)
        assert row
        if row.file != self._file:
            mark = Mark(secrets.token_hex(8), row.version + 1)
            update = Update(row.tip, f'file:{secrets.token_hex(8)}', mark, Change(row.version, mark.version, ()))
            is_stale = row.version > row.snapshot
            self._advance(key, row, update, dump_update(update), row.snapshot if is_stale else mark.version)
            if not is_stale:
                self.session.execute('UPDATE "$" SET version = ? WHERE key = ?', mark.version, key)
            row = self._row(key)
            assert row
        return row

    # Later.

    def store_snapshot(self, key: str, tip: str, value: bytes | None) -> None:
        """Store the value of a tip, if it is still the present one."""
        with self.session.writing():
            row = self._row(key)
            if row and row.tip == tip and row.snapshot < row.version:
                self.session.execute('UPDATE "$__tips" SET snapshot = version WHERE key = ?', key)
                self._store_value(key, value, row.version)

    def sweep(self, after: str) -> str | None:
        """Remove old receipts of the next keys, and store the values that a server left to the log when it ended.

        Args:
            after: the last key of the sweep before; empty to begin.

        Returns:
            The last key; None at the end.
        """
        now = time.time()
        with self.session.reading():
            keys = self.session.execute(
                """SELECT key, version > snapshot AND at < ? FROM "$__tips" WHERE key >= ? ORDER BY key LIMIT ?""",
                now - SETTLED_SECONDS,
                after,
                SWEPT_KEYS,
            )
            between = (after, keys[-1][0] if keys else after)
            old = self.session.execute(
                'SELECT key, writer FROM "$__receipts" WHERE key BETWEEN ? AND ? AND at < ? LIMIT ?',
                *between,
                now - RECEIPT_SECONDS,
                SWEPT_RECEIPTS,
            )
        if old:
            with self.session.writing():
                self.session.execute_many(
                    'DELETE FROM "$__receipts" WHERE key = ? AND writer = ? AND at < ?',
                    [(*each, now - RECEIPT_SECONDS) for each in old],
                )
        for key, is_left in keys:
            if is_left:
                loaded = self.load(key)
                value = None if loaded.value is ABSENT else orjson.dumps(loaded.value)
                self.store_snapshot(key, loaded.tip, value)
        if len(old) == SWEPT_RECEIPTS:
            return after
        return between[1] if len(keys) == SWEPT_KEYS else None

    # Following.

    def skip_news(self) -> None:
        """Count all commits so far as reported."""
        self.seen = self._latest()

    def news(
        self, served: Collection[str], known: Mapping[str, Update], on_outside: OnOutside
    ) -> Iterator[tuple[str, Update | None]]:
        """Yield the commits since the last time, of the keys that are served; None for one that cannot be read.

        Args:
            known: commits by their tips, which need not be read.
            on_outside: called with the commits past the stores, of all keys.
        """
        rows = self.session.execute('SELECT id, key, tip FROM "$__log" WHERE id > ? ORDER BY id', self.seen)
        for id_, key, tip in rows:
            if key in served:
                try:
                    yield key, known.get(tip) or self._update(id_)
                except (ValueError, TypeError):  # TypeError: it was trimmed meanwhile
                    yield key, None
            if is_outside(tip):
                on_outside(key, tip)
        self.seen = rows[-1][0] if rows else self.seen

    def _latest(self) -> int:
        return int(self.session.row('SELECT coalesce(max(id), 0) FROM "$__log"')[0])


def _since_nothing(tip: str) -> Sequence[Update] | None:
    return [] if tip == NO_TIP else None
