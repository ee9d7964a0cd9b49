"""A value to which a thread with an event loop, and timers, write while tabs edit it."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

from dara.components import Input
from dara.core import ConfigurationBuilder, Variable, run_sync
from dara.core.http import get
from dara.core.persistence import BackendStore, FileBackend

store = BackendStore(FileBackend(path='kept.json'), uid='both')
both = Variable(default={'ticks': 0, 'timed': 0, 'text': ''}, uid='both', store=store)
config = ConfigurationBuilder()
config.add_page('Home', content=Input(value=both.get('text')))
ticked, has_ended = 0, threading.Event()


def step(member):
    return lambda value: {**value, member: value[member] + 1}


async def tick():
    global ticked
    while not has_ended.is_set():
        await store.modify(step('ticks'))
        ticked += 1
        await asyncio.sleep(0.005)


def timed():
    run_sync(store.modify(step('timed')))


timers = [threading.Timer(number / 20, timed) for number in range(20)]
thread = threading.Thread(target=lambda: asyncio.run(tick()), daemon=True)


@config.on_startup
def start():
    thread.start()
    for timer in timers:
        timer.start()
    return has_ended.set


@get('end')
def end():
    for timer in timers:
        timer.join(10)
    has_ended.set()
    thread.join(10)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(timed).result(10)
    return ticked


config.add_endpoint(end)
