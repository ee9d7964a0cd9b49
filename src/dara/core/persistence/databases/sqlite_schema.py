"""The tables of a `SQLiteBackend`, and the triggers that make commits of what other programs write."""
# ruff: noqa: S608  # the statements are made of constants

from __future__ import annotations

import secrets
from typing import Final

from dara.core.errors import StoreCorrupt
from dara.core.persistence.databases.sqlite_session import Session


def _commit(row: str, change: str) -> str:
    """Return the statements of a trigger that commit what another program has done to a row.

    Args:
        row: `NEW` or `OLD`.
        change: an SQL expression: the change as JSON; see `rows.dump_update`.
    """
    return f"""
        SELECT RAISE(ABORT, 'somebody is editing this value; try again in two seconds')
            WHERE EXISTS (SELECT 1 FROM "$__tips" WHERE key = {row}.key AND version > snapshot);
        INSERT INTO "$__tips" (key, tip, epoch, version, snapshot, last, file)
            SELECT {row}.key, '', content, 0, 0, 0, content FROM "$__meta"
            WHERE field = 'file' AND NOT EXISTS (SELECT 1 FROM "$__tips" WHERE key = {row}.key);
        INSERT INTO "$__log" (key, previous, base, tip, version, body)
            SELECT key, last, tip, 'outside:' || lower(hex(randomblob(8))), version + 1, x''
            FROM "$__tips" WHERE key = {row}.key;
        UPDATE "$__tips" SET (tip, version, snapshot, last) =
            (SELECT tip, version, version, id FROM "$__log" WHERE id = last_insert_rowid())
            WHERE key = {row}.key;
        UPDATE "$__log" SET body = CAST('[' || json_quote(base) || ',' || json_quote(tip) || ',['
            || (SELECT json_quote(epoch) FROM "$__tips" WHERE key = {row}.key) || ',' || version
            || '],' || {change} || ',[]]' AS BLOB)
            WHERE id = (SELECT last FROM "$__tips" WHERE key = {row}.key);
    """


_IS_JSON: Final = """
    SELECT RAISE(ABORT, 'the value is not JSON text')
        WHERE NOT (typeof(NEW.value) = 'text' AND json_valid(NEW.value));
"""
_WHOLE: Final = "'{\"value\":' || NEW.value || '}'"
_NOTE_VERSION: Final = (
    'UPDATE "$" SET version = (SELECT version FROM "$__tips" WHERE key = NEW.key) WHERE key = NEW.key;'
)

# A server changes the row in `tips` first. Another program does not, so that the versions tell both apart.
_FIRST: Final = (
    """CREATE TABLE "$__meta" (field TEXT NOT NULL PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE "$" (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL, version INTEGER)""",
    """CREATE TABLE "$__tips" (
        key TEXT NOT NULL PRIMARY KEY,
        tip TEXT NOT NULL,
        epoch TEXT NOT NULL,
        version INTEGER NOT NULL,
        snapshot INTEGER NOT NULL,  -- the version of the value in "$"
        last INTEGER NOT NULL,  -- the row in the log
        file TEXT NOT NULL,  -- the incarnation of the file at the commit
        at REAL NOT NULL DEFAULT 0,  -- the time of the commit
        turn TEXT NOT NULL DEFAULT '',
        turn_ends REAL NOT NULL DEFAULT 0
    ) WITHOUT ROWID""",
    # Each row names the one before of its key, so that no second index is to be written.
    """CREATE TABLE "$__log" (
        id INTEGER PRIMARY KEY,
        key TEXT NOT NULL,
        previous INTEGER NOT NULL,
        base TEXT NOT NULL,
        tip TEXT NOT NULL,
        version INTEGER NOT NULL,
        body BLOB NOT NULL
    )""",
    """CREATE TABLE "$__receipts" (
        key TEXT NOT NULL,
        writer TEXT NOT NULL,
        receipt TEXT NOT NULL,
        at REAL NOT NULL,
        PRIMARY KEY (key, writer)
    ) WITHOUT ROWID""",
    f"""CREATE TRIGGER "$__inserted" AFTER INSERT ON "$"
        WHEN NEW.version IS NULL OR NEW.version IS NOT (SELECT snapshot FROM "$__tips" WHERE key = NEW.key)
        BEGIN {_IS_JSON} {_commit('NEW', _WHOLE)} {_NOTE_VERSION} END""",
    f"""CREATE TRIGGER "$__updated" AFTER UPDATE OF value ON "$"
        WHEN OLD.version IS (SELECT snapshot FROM "$__tips" WHERE key = OLD.key)
        BEGIN {_IS_JSON} {_commit('NEW', _WHOLE)} {_NOTE_VERSION} END""",
    f"""CREATE TRIGGER "$__deleted" AFTER DELETE ON "$"
        WHEN OLD.version IS (SELECT snapshot FROM "$__tips" WHERE key = OLD.key)
        BEGIN {_commit('OLD', "'{}'")} END""",
    """CREATE TRIGGER "$__renamed" BEFORE UPDATE OF key ON "$"
        BEGIN SELECT RAISE(ABORT, 'a key is not changed: insert a row with the new one, and delete this'); END""",
)
_STEPS: Final = (_FIRST,)
"""The statements that lead from each version of the schema to the next."""
VERSION: Final = len(_STEPS)


def prepare(session: Session, inode: str, *, is_new_copy: bool) -> str:
    """Create or migrate the tables; return the incarnation of the file: another one after it was copied or restored.

    Args:
        inode: the identity of the file in the file system.
        is_new_copy: the file has taken the place of another.

    Raises:
        StoreCorrupt: a newer Dara has made the tables.
    """
    with session.writing():
        is_known = session.row("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '$__meta'")
        meta = dict(session.execute('SELECT field, content FROM "$__meta"')) if is_known else {}
        version = int(meta.get('version', 0))
        if version > VERSION:
            raise StoreCorrupt(
                f'{session.path}: a newer Dara has made its tables: their version is {version}, and this Dara knows '
                f'{VERSION}. Update Dara on this machine.'
            )
        for step in _STEPS[version:]:
            for statement in step:
                session.execute(statement)
        if is_new_copy or meta.get('inode') != inode or version < VERSION:
            is_same = meta.get('inode') == inode and not is_new_copy
            meta |= {
                'version': str(VERSION),
                'inode': inode,
                'file': meta['file'] if is_same else secrets.token_hex(8),
            }
            session.execute_many('INSERT OR REPLACE INTO "$__meta" VALUES (?, ?)', meta.items())
    return str(meta['file'])
