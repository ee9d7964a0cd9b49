"""Cold page: a page over a slow network, from the navigation to a field that accepts a keystroke.

Chromium delays every request by the latency, and limits the throughput to 10 Mbit/s
(`Network.emulateNetworkConditions` of the DevTools protocol). It does not slow websockets down. Each visit uses a new
context, and is followed by a second one in the same context, whose cache is full. The rest is as in `bench_page`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from statistics import median
from typing import Final

from playwright.async_api import Browser

from benchmarks.bench_page import Visit, listen, prepared, visited
from benchmarks.browser import chromium
from benchmarks.figures import Figure, Target
from benchmarks.options import Options
from benchmarks.serving import serving
from benchmarks.systems import System, contenders, example

MEGABITS: Final = 10
TARGETS: Final = {100: Target(0.65), 200: Target(1.0)}
"""The limits by latency, in milliseconds."""
_REPEATED: Final = ', again'


def run(options: Options) -> Iterator[Figure]:
    """Measure Dara, with the small page and with the example, and the peers with the same small page."""
    systems = [(each, 'cold page') for each in contenders(options, 'text')] + [(example(), 'cold page of together')]
    times = 1 if options.quick else 3 if options.peers else 9  # some peers take half a minute
    for latency in TARGETS:
        seen = asyncio.run(_visits([system for system, _ in systems], latency, times))
        for (system, subject), visits in zip(systems, seen, strict=True):
            yield from _figures(system, f'{subject}, {latency} ms', latency, visits)


async def _visits(systems: list[System], latency: int, times: int) -> list[list[tuple[Visit, Visit]]]:
    """Visit the systems in turns, twice each; exclude the first turn, of a cold server."""
    with contextlib.ExitStack() as stack:
        urls = [stack.enter_context(serving(system)).url for system in systems]
        async with chromium() as browser:
            rounds = [[await _visit_twice(browser, url, latency) for url in urls] for _ in range(times + 1)]
    return [list(visits) for visits in zip(*rounds[1:], strict=True)]


def _figures(system: System, subject: str, latency: int, visits: list[tuple[Visit, Visit]]) -> Iterator[Figure]:
    first, again = zip(*visits, strict=True)
    target = TARGETS[latency] if system.name == 'dara' else None
    yield Figure(subject, 'to an editable field', 's', system.name, median(v.seconds for v in first), target)
    yield Figure(subject, f'to an editable field{_REPEATED}', 's', system.name, median(v.seconds for v in again))
    yield Figure(subject, 'requests', '', system.name, median(v.requests for v in first))
    yield Figure(subject, f'requests{_REPEATED}', '', system.name, median(v.requests for v in again))
    yield Figure(subject, 'bytes', 'kB', system.name, median(v.bytes for v in first) / 1000)


async def _visit_twice(browser: Browser, url: str, latency: int) -> tuple[Visit, Visit]:
    """Open the page with an empty cache and then with a full one."""
    async with prepared(browser) as context:
        visits = []
        for _ in range(2):
            page = await context.new_page()
            traffic = await listen(page)
            await traffic.devtools.send(
                'Network.emulateNetworkConditions',
                {
                    'offline': False,
                    'latency': latency,
                    'downloadThroughput': MEGABITS * 1e6 / 8,
                    'uploadThroughput': MEGABITS * 1e6 / 8,
                },
            )
            visits.append(await visited(page, url, traffic))
            await page.close()
        return visits[0], visits[1]
