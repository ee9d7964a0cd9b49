"""Tab to tab: from a key press in one tab until the text is in the DOM of another.

Two contexts of one Chromium stand for two people: each has its own renderer process, and neither is in the background
(the benchmark fails if a page is hidden, and reports how often the second paints). Real key events enter through the
browser process, one at a time. The next key is pressed after the other tab shows the last one, and after a random
pause, so that keystrokes do not synchronize with frames. `browser.py` describes the timing.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from typing import Final

from benchmarks.browser import EDITABLE, chromium, latencies, watched
from benchmarks.figures import Figure, Target, percentile
from benchmarks.options import Options
from benchmarks.serving import serving
from benchmarks.systems import System, checkouts, nicegui, original, ours

TARGET: Final = Target(15)


def run(options: Options) -> Iterator[Figure]:
    """Measure Dara, in memory and in a file, and the peers, in memory."""
    systems = [(ours(), 'in memory'), *((each, 'in memory') for each in checkouts(options))]
    systems += [
        (ours('text_in_file'), 'in a file'),
        *((each, 'in a file') for each in checkouts(options, 'text_in_file')),
    ]
    if options.peers:
        systems += [(original(options.peers), 'in memory'), (nicegui(options.peers), 'in memory')]
    for system, where in systems:
        yield from asyncio.run(_measure(system, where, 20 if options.quick else 250))


async def _measure(system: System, where: str, keystrokes: int) -> list[Figure]:
    with serving(system) as server:
        async with chromium() as browser:
            writer, reader = await watched(browser, server.url), await watched(browser, server.url)
            await writer.click(EDITABLE)
            for typed in range(1, keystrokes + 1):
                await writer.keyboard.press(random.choice('abcdefghijklmnopqrstuvwxyz'))
                await asyncio.wait_for(reader.evaluate('(length) => window.seen(length)', typed), 30)
                await asyncio.sleep(random.uniform(0.02, 0.06))
            seen, paints = await latencies(writer, reader), await reader.evaluate('window.paints')
    target = TARGET if system.name == 'dara' else None
    return [
        Figure('tab to tab', f'{where}, p50', 'ms', system.name, percentile(seen, 50), target),
        Figure('tab to tab', f'{where}, p99', 'ms', system.name, percentile(seen, 99)),
        Figure('tab to tab', f'{where}, frames of the reader', '1/s', system.name, _rate(paints)),
    ]


def _rate(paints: list[float]) -> float:
    return (len(paints) - 1) / (paints[-1] - paints[0]) * 1000
