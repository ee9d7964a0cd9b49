"""Answers in the page: from a key or a click, through a function on the server, until the text is in the DOM.

All pages are open in one Chromium, each in a context of its own, and take turns. The arrow keys move a slider by one
step, or a letter is typed into a field, and the value goes through a function on the server to a text. A button starts
an action, a callback or a rerun. The next input comes after the answer to the last one and a random pause. Streamlit
sends a field when Enter is pressed, so its time starts there. `answers.py` describes the timing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from benchmarks.answers import BUTTON, FIELD, SLIDER, AnsweringPage, answering
from benchmarks.browser import chromium
from benchmarks.figures import Figure, percentile
from benchmarks.options import Options
from benchmarks.serving import Server, serving
from benchmarks.systems import contenders

WARMING: Final = 2
SLIDERS: Final = {
    'a slider, function': (0, 'double'),
    'a slider, async function': (1, 'async'),
    'a slider, py_component': (2, 'component'),
}
"""The inputs by slider: the place of the slider in the page, and the name of the text."""
INPUTS: Final = ('a slider, function', 'a letter', 'a button', 'a slider, async function', 'a slider, py_component')
DARA_ONLY: Final = INPUTS[3:]
"""The inputs in the apps of Dara and of the original, which have more than one way to call a function."""


@dataclass(slots=True)
class Contender:
    """An open page with its measurements, by input.

    Attributes:
        given: the number of inputs so far.
    """

    server: Server
    page: AnsweringPage
    milliseconds: dict[str, list[float]] = field(default_factory=dict)
    cpu_seconds: dict[str, float] = field(default_factory=dict)
    given: dict[str, int] = field(default_factory=dict)

    async def give(self, what: str, times: int) -> None:
        """Give inputs of one kind, and measure the answers."""
        if what in SLIDERS:
            await self.page.page.focus(f'{SLIDER} >> nth={SLIDERS[what][0]}')
        elif what == 'a letter':
            await self.page.page.focus(FIELD)
        before = self.server.cpu_seconds()
        for _ in range(times):
            self.given[what] = self.given.get(what, 0) + 1
            self.milliseconds.setdefault(what, []).append(await self._give(what, self.given[what]))
        self.cpu_seconds[what] = self.cpu_seconds.get(what, 0) + self.server.cpu_seconds() - before

    async def _give(self, what: str, number: int) -> float:
        if what == 'a letter':
            return await self.page.write('a', 'upper', 'A' * number)
        if what == 'a button':
            return await self.page.click(BUTTON, 'clicks', str(number))
        return await self.page.press('ArrowRight', SLIDERS[what][1], str(2 * number))


def run(options: Options) -> Iterator[Figure]:
    """Measure Dara and the peers."""
    systems = contenders(options, 'functions')
    with contextlib.ExitStack() as stack:
        servers = {system.name: stack.enter_context(serving(system)) for system in systems}
        yield from asyncio.run(_measure(servers, *((1, 5) if options.quick else (5, 8))))


async def _measure(servers: dict[str, Server], rounds: int, times: int) -> list[Figure]:
    async with chromium() as browser:
        taking_part = [
            Contender(server, await answering(browser, name, server.url, 'double: 0'))
            for name, server in servers.items()
        ]
        for _ in range(rounds):
            for what in INPUTS:
                for contender in taking_part:
                    if what not in DARA_ONLY or contender.page.system not in ('nicegui', 'dash', 'streamlit'):
                        await contender.give(what, times)
    return [figure for contender in taking_part for figure in _figures(contender)]


def _figures(contender: Contender) -> Iterator[Figure]:
    for what, milliseconds in contender.milliseconds.items():
        warm = milliseconds[WARMING:]
        for percent in (50, 95):
            measure = f'{what}, p{percent}'
            yield Figure('answer in the page', measure, 'ms', contender.page.system, percentile(warm, percent))
        used = contender.cpu_seconds[what] / len(milliseconds) * 1000
        yield Figure('answer in the page', f'{what}, server CPU', 'ms', contender.page.system, used)
