"""`Session`: a connection to the file of a `SQLiteBackend`."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dara.core.persistence.databases.sqlite_library import ABOUT_VALUES, Connection, Library


class Session:
    """A connection, in whose statements `$` stands for the backend's name.

    Args:
        name: the name of the table of the values; those of the other tables begin with it.
    """

    def __init__(self, library: Library, path: Path, name: str) -> None:
        self.path = path
        self._library = library
        self._name = name
        self._texts: dict[str, str] = {}
        self._connection: Connection = library.connect(str(path))

    def execute(self, sql: str, *values: Any) -> list[Any]:
        """Run a statement to its end, and return its rows. One that is left open would keep its transaction open."""
        return self._connection.execute(self._text(sql), values).fetchall()

    def rows(self, sql: str, *values: Any) -> Generator[Any, None, None]:
        """Yield the rows of a statement one by one. It stays open until the end, or until the generator is closed."""
        cursor = self._connection.execute(self._text(sql), values)
        try:
            yield from cursor
        finally:
            cursor.close()

    def execute_many(self, sql: str, values: Iterable[Any]) -> None:
        """Run a statement for each set of values."""
        self._connection.executemany(self._text(sql), values)

    def row(self, sql: str, *values: Any) -> Any:
        """Return the only row of a statement; None if there is none."""
        rows = self.execute(sql, *values)
        return rows[0] if rows else None

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read in one consistent state of the database."""
        with self._transaction('BEGIN'):
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write all or nothing."""
        with self._transaction('BEGIN IMMEDIATE'):
            yield

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        self.execute(begin)
        try:
            yield
            self.execute('COMMIT')
        except BaseException:
            with suppress(self._library.error):  # SQLite may have done it already
                self.execute('ROLLBACK')
            raise

    def is_about_values(self, error: Exception) -> bool:
        """Return whether an error concerns the values of one statement alone, and not the database."""
        if isinstance(error, self._library.error):
            return self._library.code(error) & 0xFF in ABOUT_VALUES
        return isinstance(error, ValueError)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def abandon(self) -> None:
        """Close the connection to a file that is no longer at its path, without touching what is there now."""
        self._library.leave_wal(self._connection)
        self._connection.close()

    def _text(self, sql: str) -> str:
        text = self._texts.get(sql)
        if text is None:
            text = self._texts[sql] = sql.replace('$', self._name)
        return text
