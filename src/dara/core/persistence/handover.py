"""Handover of data that servers cannot share, from one server to the next."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from dara.core.errors import InvalidConfig

HANDOVER_SECONDS: Final = 5
"""The time that a server may take to end. Its supervisor starts the next one again if that is too short."""
POLL_SECONDS: Final = 0.05
logger = logging.getLogger('dara')


async def take_over(claim: Callable[[], str | None], place: str) -> None:
    """Be the one server of some data; wait for another one that is about to end.

    Args:
        claim: takes the data, or returns which server has them.
        place: where the data are, for messages.

    Raises:
        InvalidConfig: another server goes on.
    """
    give_up_at = time.monotonic() + HANDOVER_SECONDS
    other = claim()
    if other:
        logger.info('%s is served by %s; waiting up to %s s for its end', place, other, HANDOVER_SECONDS)
    while other := claim():
        if time.monotonic() > give_up_at:
            raise InvalidConfig(
                f'{place} is served by {other}, and one process at a time can serve it. Run one, or keep the values in '
                'a database that processes can share, such as SQLiteBackend or PostgresBackend.'
            )
        await asyncio.sleep(POLL_SECONDS)
