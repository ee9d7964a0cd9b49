"""Tests of the threads in which functions of the app run: the order of calls, and their number."""

from __future__ import annotations

import asyncio
import threading

import pytest

from dara.components import Text
from dara.core import ConfigurationBuilder
from dara.core._threads import Threads
from dara.core.errors import InvalidDefinition


class Gate:
    """A gate at which calls wait in their threads, with their number."""

    def __init__(self) -> None:
        self._opened = threading.Event()
        self._changed = threading.Condition()
        self.inside = 0

    def enter(self) -> None:
        with self._changed:
            self.inside += 1
            self._changed.notify_all()
        assert self._opened.wait(10)

    def wait_for(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.inside >= count, 10)

    def open(self) -> None:
        self._opened.set()


async def test_only_so_many_calls_of_one_function_run_at_once() -> None:
    threads, gate = Threads('test', 5, reserved=2), Gate()
    calls = [asyncio.ensure_future(threads.run(gate.enter)) for _ in range(20)]
    await asyncio.to_thread(gate.wait_for, 5)
    assert await threads.run(lambda: 'another function') == 'another function'
    assert gate.inside == 5
    gate.open()
    await asyncio.gather(*calls)


async def test_each_function_has_threads_of_its_own() -> None:
    """So 2 of each run although there is but 1 thread, and no third."""
    threads, gates = Threads('test', 1, reserved=2), [Gate(), Gate(), Gate()]
    functions = [lambda: gates[0].enter(), lambda: gates[1].enter(), lambda: gates[2].enter()]
    calls = [asyncio.ensure_future(threads.run(function)) for function in functions for _ in range(4)]
    for gate in gates:
        await asyncio.to_thread(gate.wait_for, 2)
    assert [gate.inside for gate in gates] == [2, 2, 2]
    for gate in gates:
        gate.open()
    await asyncio.gather(*calls)


async def test_functions_that_are_made_again_and_again_count_as_one() -> None:
    threads, gate = Threads('test', 3, reserved=1), Gate()
    calls = [asyncio.ensure_future(threads.run(lambda: gate.enter())) for _ in range(20)]
    await asyncio.to_thread(gate.wait_for, 3)
    await threads.run(lambda: None)
    assert gate.inside == 3
    gate.open()
    await asyncio.gather(*calls)


async def test_the_function_with_the_fewest_calls_is_next() -> None:
    threads, gate = Threads('test', 1, reserved=1), Gate()
    order: list[str] = []

    def busy(number: int) -> None:
        order.append(f'busy {number}')

    def other() -> None:
        order.append('other')

    first = asyncio.ensure_future(threads.run_for(busy, gate.enter))
    await asyncio.to_thread(gate.wait_for, 1)
    calls = [asyncio.ensure_future(threads.run(busy, number)) for number in range(3)]
    await threads.run(other)
    assert order == ['other']
    gate.open()
    await asyncio.gather(first, *calls)
    assert order == ['other', 'busy 0', 'busy 1', 'busy 2']


async def test_a_single_thread_runs_one_call_after_the_other() -> None:
    """Even if a running call of another executor makes them."""
    single, outer, loop = Threads('test', 1), Threads('test', 4, reserved=1), asyncio.get_running_loop()
    gate = Gate()
    order: list[str] = []

    def nested() -> None:
        asyncio.run_coroutine_threadsafe(single.run(order.append, 'nested'), loop)

    first = asyncio.ensure_future(single.run(gate.enter))
    await asyncio.to_thread(gate.wait_for, 1)
    await outer.run(nested)
    last = asyncio.ensure_future(single.run(order.append, 'last'))
    assert order == []
    gate.open()
    await asyncio.gather(first, last)
    assert order == ['nested', 'last']


async def test_a_call_that_is_cancelled_while_it_waits_does_not_run() -> None:
    threads, gate = Threads('test', 1), Gate()
    ran: list[int] = []
    first = asyncio.ensure_future(threads.run(gate.enter))
    await asyncio.to_thread(gate.wait_for, 1)
    calls = [asyncio.ensure_future(threads.run(ran.append, number)) for number in range(3)]
    await asyncio.sleep(0)
    calls[1].cancel()
    await asyncio.wait({calls[1]})
    await asyncio.sleep(0)
    gate.open()
    await asyncio.gather(first, *calls, return_exceptions=True)
    assert ran == [0, 2]


@pytest.mark.parametrize('number', [0, -1, 1.5, True, '8', None, 10_001])
def test_the_number_of_threads_is_a_whole_number(number: object) -> None:
    config = ConfigurationBuilder()
    config.add_page('A', content=Text('a'))
    config.threads = number  # type: ignore[assignment]
    with pytest.raises(InvalidDefinition, match=r'config\.threads is a whole number from 1'):
        config.build()
