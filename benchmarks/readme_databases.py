"""The parts of the READMEs that show the figures of databases; they are measured apart from the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from benchmarks.figures import Figure, aligned, table
from benchmarks.readme import introduction
from benchmarks.record import Record

KINDS: Final = ('SQLite', 'Redis', 'Postgres')


@dataclass(frozen=True, slots=True)
class Headline:
    """A row of the short table, with the figures that it shows; `{}` in the subject is the kind of the database."""

    label: str
    subject: str
    measure: str
    system: str = 'dara'


HEADLINES: Final = (
    Headline('commits of 1 KB by one writer', 'commits in {}', 'one writer'),
    Headline('its median, as a multiple of a raw write', 'commits in {}', 'one writer, p50 / that of the floor'),
    Headline('commits of 1 KB by 32 writers', 'commits in {}', '32 writers'),
    Headline('raw writes by 32 writers', 'commits in {}', '32 writers', 'floor'),
    Headline('a keystroke to a tab of the same server, p50', 'a keystroke over {}', 'the same server, p50'),
    Headline('a keystroke to a tab of another server, p50', 'a keystroke over {}', 'another server, p50'),
    Headline('30 people type into one text, at 3 servers: p50', '30 typing over {}, 3 servers', 'a key, p50'),
    Headline('the same: p99', '30 typing over {}, 3 servers', 'a key, p99'),
    Headline('all of a million values', 'keys in {}', 'items() of 1,000,000'),
)


def divided(record: Record) -> tuple[Record, Record]:
    """Return the part of a record that is about databases, and the rest."""
    return record.divided(KINDS)


def everything(record: Record) -> str:
    """Return the conditions, and a table of all figures."""
    return '\n\n'.join([*introduction(record), table(record.figures)])


def short(record: Record) -> str:
    """Return the conditions, and a table of the headlines with a column for each database."""
    figures = {(each.subject, each.measure, each.system): each for each in record.figures}
    rows = [['', *KINDS]]
    for headline in HEADLINES:
        found = [figures.get((headline.subject.format(kind), headline.measure, headline.system)) for kind in KINDS]
        if any(found):
            rows.append([headline.label, *map(_cell, found)])
    return '\n\n'.join([*introduction(record), aligned(rows, 1)])


def _cell(figure: Figure | None) -> str:
    if figure is None:
        return ''
    return f'{figure}/s' if figure.unit == '1/s' else f'{figure} {figure.unit}'.rstrip()
