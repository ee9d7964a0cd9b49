"""`python -m benchmarks`: run them, print one table.

Each module `bench_NAME` is the subject NAME; its function `run` takes the options and yields figures.
"""

from __future__ import annotations

import argparse
import pkgutil
import signal
import sys
import time
import traceback
from importlib import import_module
from pathlib import Path
from typing import Final

import benchmarks
from benchmarks import readme, readme_data, readme_databases, record
from benchmarks.bench_uploads import UPLOADS
from benchmarks.figures import Figure, table
from benchmarks.options import Options
from benchmarks.systems import HERE

PREFIX: Final = 'bench_'
SUBJECTS: Final = sorted(
    module.name.removeprefix(PREFIX)
    for module in pkgutil.iter_modules(benchmarks.__path__)
    if module.name.startswith(PREFIX)
)
PEERS: Final = Path('~/.cache/dara-benchmarks').expanduser()


def main() -> None:
    """Run the selected benchmarks; report each figure when it is measured, and print one table at the end."""
    arguments = _arguments()
    if arguments.readme:
        _write_readmes(record.medians([record.load(file) for file in arguments.readme]))
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the servers end with this process
    options = Options(
        arguments.quick,
        arguments.peers_dir if arguments.peer else None,
        tuple(each.resolve() for each in arguments.against),
    )
    figures: list[Figure] = []
    failed = [name for name in arguments.only or SUBJECTS if not measure(name, options, arguments.json, figures)]
    print(table(figures))
    if options.quick:
        print(f'\n{readme.SMOKE}')
    if failed:
        sys.exit(f'failed: {", ".join(failed)}')


def measure(name: str, options: Options, file: Path | None, figures: list[Figure]) -> bool:
    """Add the figures of a subject, and keep them in the file; return false if the subject has failed."""
    measured, began = [], time.monotonic()
    try:
        for figure in import_module(f'benchmarks.{PREFIX}{name}').run(options):
            measured.append(figure)
            print(_line(figure), file=sys.stderr, flush=True)
        is_complete = True
    except Exception:  # the other subjects are measured all the same
        traceback.print_exc()
        is_complete = False
    print(f'{name}: {time.monotonic() - began:.0f} s', file=sys.stderr, flush=True)
    figures += measured
    if file:
        record.Record(measured, record.conditions(options.peers is not None), options.quick).save(file)
    return is_complete


def _write_readmes(measured: record.Record) -> None:
    """Write the parts of the READMEs of which there are figures; the others stay."""
    about_databases, rest = readme_databases.divided(measured)
    about_data, rest = readme_data.divided(rest)
    about_uploads, rest = rest.divided((UPLOADS,))
    own, project = HERE / 'README.md', HERE.parent / 'README.md'
    for name, part, file, content in (
        ('figures', rest, own, readme.everything),
        ('figures', rest, project, readme.short),
        ('databases', about_databases, own, readme_databases.everything),
        ('databases', about_databases, project, readme_databases.short),
        ('data', about_data, own, readme_data.everything),
        ('data', about_data, project, readme_data.short),
        ('uploads', about_uploads, own, readme.everything),
    ):
        if part.figures:
            file.write_text(readme.replaced(file.read_text(), name, content(part)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='python -m benchmarks', description='Measure how fast Dara is.')
    parser.add_argument('--quick', action='store_true', help='few repetitions: whether it works, not how fast it is')
    parser.add_argument(
        '--only', action='append', choices=SUBJECTS, metavar='NAME', help=f'one of {", ".join(SUBJECTS)}'
    )
    parser.add_argument('--json', type=Path, metavar='FILE', help='write the figures there, too, among its others')
    parser.add_argument(
        '--readme',
        type=Path,
        nargs='+',
        metavar='FILE',
        help='only write the figures of that JSON into the READMEs, the medians of several',
    )
    parser.add_argument(
        '--against', action='append', type=Path, default=[], metavar='DIR', help='measure that checkout, too'
    )
    parser.add_argument('--peer', action='store_true', help='measure dara-core, NiceGUI, Dash and Streamlit, too')
    parser.add_argument(
        '--peers-dir', type=Path, default=PEERS, metavar='DIR', help='where their environments are made'
    )
    return parser.parse_args()


def _line(figure: Figure) -> str:
    return f'{figure.system:>10}  {figure.subject}: {figure.measure} {figure} {figure.unit}'


if __name__ == '__main__':
    main()
