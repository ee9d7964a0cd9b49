"""Start: from spawning the server to the first byte of its page, and the memory of the idle server.

The processor time is that of the server until the first byte. For Dara, another row leaves out what the imports of
other packages and of Python's own modules take, measured in turns in a process that only imports these. All processes
have compiled bytecode, as an installation has.
"""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Iterator
from statistics import median
from typing import Final

from benchmarks.figures import Figure, Target
from benchmarks.options import Options
from benchmarks.serving import serving
from benchmarks.systems import System, contenders

START: Final = Target(1)
OWN: Final = Target(0.15)
MEMORY: Final = Target(80)
LIST_OTHERS: Final = """
import sys
before = set(sys.modules)
sys.path.insert(0, sys.argv[1])
from dara.cli.commands import main
from dara.core._server.serving import create_app
from dara.cli.loading import load_config
create_app(load_config(sys.argv[2] + ':config'))
others = {name for name in set(sys.modules) - before if name.partition('.')[0] not in ('dara', sys.argv[2])}
print(*(name for name in sys.modules if name in others and getattr(sys.modules[name], '__spec__', None)), sep=chr(10))
"""
IMPORT: Final = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def run(options: Options) -> Iterator[Figure]:
    """Measure Dara and the peers: the median of a few starts, without the first (cold caches)."""
    with tempfile.TemporaryDirectory(prefix='dara-bytecode-') as bytecode:
        for system in contenders(options, 'text'):
            compiled = system.given(PYTHONDONTWRITEBYTECODE='', PYTHONPYCACHEPREFIX=bytecode)
            yield from _measured(compiled, 3 if options.quick else 6)


def _measured(system: System, count: int) -> Iterator[Figure]:
    is_ours = system.name == 'dara'
    others = _run(system, LIST_OTHERS, system.app.parent, system.app.stem).split() if _is_dara(system) else []
    starts = [(*_start(system), _import_seconds(system, others)) for _ in range(count)][1:]
    seconds, processor, megabytes, imports = (median(column) for column in zip(*starts, strict=True))
    yield Figure('start', 'to the first byte', 's', system.name, seconds, START if is_ours else None)
    yield Figure('start', 'processor time to the first byte', 's', system.name, processor)
    if others:
        own = processor - imports
        yield Figure('start', 'beyond the imports of others', 's', system.name, own, OWN if is_ours else None)
    yield Figure('start', 'RSS, idle', 'MB', system.name, megabytes, MEMORY if is_ours else None)


def _is_dara(system: System) -> bool:
    """Return whether a system is Dara, in this checkout or in another one."""
    return system.distributions == ('dara-live',)


def _start(system: System) -> tuple[float, float, float]:
    with serving(system) as server:
        processor = server.cpu_seconds()
        time.sleep(1)
        return server.first_byte_seconds, processor, server.rss()


def _import_seconds(system: System, modules: list[str]) -> float:
    """Return the processor time of a process that imports these modules."""
    if not modules:
        return 0
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _run(system, IMPORT, *modules)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _run(system: System, script: str, *arguments: object) -> str:
    command = [str(system.python), '-P', '-c', script, *map(str, arguments)]
    environment = {**os.environ, **dict(system.environment)}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True, cwd=tempfile.gettempdir()
    )
    return done.stdout
