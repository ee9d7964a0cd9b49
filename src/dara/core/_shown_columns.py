"""The columns that tables show by their names, and warnings of those that the data does not have."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from dara.core._strict import nearest

MAX_TABLES: Final = 100
"""The number of tables of one variable whose columns are checked."""
logger = logging.getLogger('dara')


class ShownColumns(NamedTuple):
    """The columns that a Table declares.

    Attributes:
        path: the part of the variable's value that is the table.
        place: where the app constructs the Table.
    """

    names: tuple[str, ...]
    path: tuple[Any, ...]
    place: str

    def check(self, known: Collection[str]) -> None:
        """Log a warning for each column that the data does not have, once. Data without rows may have no columns."""
        for name in self.names:
            if name not in known:
                _warn(f'Table: the data has no column {name!r}. {nearest(name, known, [])}', self.place)


def members_of(records: Any) -> set[str]:
    """Return the names of the members of records; none if the value is no list of them."""
    listed = records if isinstance(records, list) else []
    return {name for record in listed if isinstance(record, Mapping) for name in record}


@lru_cache(maxsize=1024)
def _warn(message: str, place: str) -> None:
    logger.warning('%s: %s', place, message)
