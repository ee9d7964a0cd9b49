"""Edits: the cost of `apply` and `rebase` in Python and in TypeScript, on documents of 1 KB, 1 MB and 10 MB.

A document is a list of notes with a title, a text and a flag, as many as fill its size. The edits are typical for
people: a keystroke in the text of a note, a changed flag, a note that is added, moved or removed. The cost of an edit
should depend only on its path and on the container at its end. That container is the list for the last three edits, and
of constant size for the first two. In addition, the whole document as one string is measured; a splice in it makes a
new string.

Each figure is the median of several batches. The TypeScript is the client's own, bundled like the client and run by
Node. It is skipped if the client's packages are not installed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.figures import Figure
from benchmarks.options import Options
from dara.core._edits import Ops, apply, parse_ops, rebase

CLIENT: Final = Path(__file__).parent.parent / 'client'
SCRIPT: Final = CLIENT / 'tests' / 'edits.bench.ts'
ROLLDOWN: Final = CLIENT / 'node_modules' / 'rolldown' / 'bin' / 'cli.mjs'
SIZES: Final = {'1 KB': 1000, '1 MB': 1_000_000, '10 MB': 10_000_000}
NOTE_BYTES: Final = 500
BATCHES: Final = 7
BATCH_SECONDS: Final = 0.05


def run(options: Options) -> Iterator[Figure]:
    """Measure both languages, with the same documents and edits."""
    sizes = {name: size for name, size in SIZES.items() if not options.quick or size <= 1_000_000}
    plans = {name: _plan(size) for name, size in sizes.items()}
    yield from _figures('Python', {name: _python(plan) for name, plan in plans.items()})
    if ROLLDOWN.exists():
        yield from _figures('TypeScript', _typescript(plans))


def _figures(language: str, measured: dict[str, dict[str, float]]) -> Iterator[Figure]:
    for size, figures in measured.items():
        for what, seconds in figures.items():
            yield Figure(f'{language}, a document', what, 'us', size, seconds * 1e6)


def _plan(size: int) -> dict[str, Any]:
    """Return a document of that size, its text, and edits in the middle of it, as they are encoded on the wire."""
    count = size // NOTE_BYTES
    notes = [{'title': f'note {i}', 'text': 'x' * (NOTE_BYTES - 70), 'marks': {'done': False}} for i in range(count)]
    middle = count // 2
    text_path = ['notes', middle, 'text']
    edits = {
        'a keystroke in a note': {'op': 'splice', 'path': text_path, 'at': 9, 'delete': 0, 'insert': 'y'},
        'a mark is set': {'op': 'replace', 'path': ['notes', middle, 'marks', 'done'], 'value': True},
        'a note is added': {'op': 'add', 'path': ['notes', middle], 'value': notes[0]},
        'a note is moved': {'op': 'move', 'from': ['notes', middle], 'path': ['notes', 0]},
        'a note is removed': {'op': 'remove', 'path': ['notes', middle]},
    }
    keystroke = {'op': 'splice', 'path': [], 'at': size // 2, 'delete': 0, 'insert': 'y'}
    return {
        'document': {'notes': notes},
        'edits': edits,
        'over': [edits['a keystroke in a note'], edits['a note is added'], edits['a note is moved']],
        'text': 'x' * size,
        'keystroke': keystroke,
    }


def _python(plan: dict[str, Any]) -> dict[str, float]:
    document, text = plan['document'], plan['text']
    over, keystroke = parse_ops(plan['over']), parse_ops([plan['keystroke']])
    figures = {}
    for name, edit in plan['edits'].items():
        figures[f'apply: {name}'] = _timed(_applying(document, parse_ops([edit])))
    figures['apply: a keystroke in one text'] = _timed(_applying(text, keystroke))
    for name, edit in plan['edits'].items():
        figures[f'rebase over three: {name}'] = _timed(_rebasing(parse_ops([edit]), over))
    figures['rebase: a keystroke in one text'] = _timed(_rebasing(keystroke, keystroke))
    return figures


def _applying(value: Any, ops: Ops) -> Callable[[], object]:
    return lambda: apply(value, ops)


def _rebasing(ops: Ops, over: Ops) -> Callable[[], object]:
    return lambda: rebase(ops, over)


def _timed(run_once: Callable[[], object]) -> float:
    """Return the seconds that a call takes."""
    began = time.perf_counter()
    run_once()
    count = max(1, int(BATCH_SECONDS / (time.perf_counter() - began + 1e-9)))
    batches = []
    for _ in range(BATCHES):
        began = time.perf_counter()
        for _ in range(count):
            run_once()
        batches.append((time.perf_counter() - began) / count)
    return median(batches)


def _typescript(plans: dict[str, Any]) -> dict[str, dict[str, float]]:
    node = _node()
    with tempfile.TemporaryDirectory(prefix='dara-benchmark-') as directory:
        file, bundle = Path(directory) / 'plans.json', Path(directory) / 'edits.mjs'
        file.write_text(json.dumps(plans))
        build: list[str | Path] = [
            node,
            ROLLDOWN,
            SCRIPT,
            '--file',
            bundle,
            '--platform',
            'node',
            '--log-level',
            'warn',
        ]
        subprocess.run(build, cwd=CLIENT, check=True, stdout=subprocess.DEVNULL)
        printed = subprocess.run([node, bundle, file], check=True, capture_output=True).stdout
    measured: dict[str, dict[str, float]] = json.loads(printed)
    return measured


def _node() -> Path:
    """Return the path of the Node that builds the client."""
    sys.path.insert(0, str(CLIENT.parent))
    from hatch_build import find_node

    return Path(find_node())
