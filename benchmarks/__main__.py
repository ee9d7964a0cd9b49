"""`python -m benchmarks`: run them, print one table."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from benchmarks import (
    bench_bytes,
    bench_catchup,
    bench_edits,
    bench_fanout,
    bench_holds,
    bench_page,
    bench_start,
    bench_tabs,
    bench_typing,
)
from benchmarks.figures import Figure, save, table
from benchmarks.options import Options

SUBJECTS: Final[dict[str, Callable[[Options], Iterator[Figure]]]] = {
    'tabs': bench_tabs.run,
    'fanout': bench_fanout.run,
    'typing': bench_typing.run,
    'bytes': bench_bytes.run,
    'edits': bench_edits.run,
    'catchup': bench_catchup.run,
    'holds': bench_holds.run,
    'start': bench_start.run,
    'page': bench_page.run,
}
PEERS: Final = Path('~/.cache/dara-benchmarks').expanduser()


def main() -> None:
    """Run the selected benchmarks; report each figure when it is measured, and print one table at the end."""
    arguments = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the servers end with this process
    options = Options(arguments.quick, arguments.peers_dir if arguments.peer else None)
    figures = []
    for name in arguments.only or SUBJECTS:
        for figure in SUBJECTS[name](options):
            figures.append(figure)
            print(_line(figure), file=sys.stderr, flush=True)
    print(table(figures))
    if arguments.json:
        save(figures, arguments.json)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='python -m benchmarks', description='Measure how fast Dara is.')
    parser.add_argument('--quick', action='store_true', help='few repetitions: whether it works, not how fast it is')
    parser.add_argument(
        '--only', action='append', choices=SUBJECTS, metavar='NAME', help=f'one of {", ".join(SUBJECTS)}'
    )
    parser.add_argument('--json', type=Path, metavar='FILE', help='write the figures there, too')
    parser.add_argument('--peer', action='store_true', help='measure dara-core and nicegui, too')
    parser.add_argument(
        '--peers-dir', type=Path, default=PEERS, metavar='DIR', help='where their environments are made'
    )
    return parser.parse_args()


def _line(figure: Figure) -> str:
    return f'{figure.system:>10}  {figure.subject}: {figure.measure} {figure.value:.4g} {figure.unit}'


if __name__ == '__main__':
    main()
