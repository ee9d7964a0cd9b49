"""Functions with results of `ROWS` rows, a quick one, and an observer of the event loop."""

import asyncio
import os
import time
from typing import Any

import pandas as pd  # type: ignore[import-untyped, unused-ignore]  # has no types of its own

from dara.components import Stack, Text
from dara.core import ConfigurationBuilder, DerivedVariable, Variable
from dara.core.http import get

config = ConfigurationBuilder()
TICK_SECONDS = 0.001
number = Variable(default=0)
names = [f'c{column}' for column in range(8)]
rows = [
    {'name': f'item {i:06}', 'share': i / 7, **dict.fromkeys(names, i * 7919 % 10007)}
    for i in range(int(os.environ['ROWS']))
]
frame = pd.DataFrame(rows)
held = 0.0


async def observe() -> None:
    """Record the longest time for which a task that waits a moment was not continued."""
    global held
    while True:
        began = time.perf_counter()
        await asyncio.sleep(TICK_SECONDS)
        held = max(held, time.perf_counter() - began - TICK_SECONDS)


@get('held')
async def take_held() -> float:
    """Return the longest time since the last request, in seconds."""
    global held
    taken, held = held, 0.0
    return taken


def list_rows(_: int) -> list[dict[str, Any]]:
    """Return the rows as a list of objects."""
    return rows


def frame_rows(_: int) -> Any:
    """Return the rows as a DataFrame."""
    return frame


async def answer(number: int) -> int:
    """Answer at once."""
    return number


observers: list[asyncio.Future[None]] = []


@config.on_startup
async def start() -> None:
    """Observe the event loop from the start on."""
    observers.append(asyncio.ensure_future(observe()))


config.add_endpoint(take_held)
config.add_page(
    'Results',
    content=Stack(
        Text(DerivedVariable(list_rows, variables=[number], uid='list')),
        Text(DerivedVariable(frame_rows, variables=[number], uid='frame')),
        Text(DerivedVariable(answer, variables=[number], uid='quick')),
    ),
)
