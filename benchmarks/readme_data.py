"""The parts of the READMEs that show the figures of large tables and of charts; they are measured apart."""

from __future__ import annotations

from typing import Final

from benchmarks import readme
from benchmarks.bench_charts import SUBJECTS
from benchmarks.bench_large_tables import SUBJECT
from benchmarks.readme import Headline, everything
from benchmarks.record import Record

__all__ = ['HEADLINES', 'divided', 'everything', 'short']

HEADLINES: Final = (
    Headline('a million rows, to the first', SUBJECT, 'to the first row'),
    Headline('a jump to the last row', SUBJECT, 'a jump to the last'),
    Headline('longest blank while scrolling by pages', SUBJECT, 'longest blank while scrolling by pages'),
    Headline('a sort by a column', SUBJECT, 'a sort'),
    Headline('a search', SUBJECT, 'a search'),
    Headline('memory of the server, beyond the data', SUBJECT, 'memory of the server, beyond the data'),
    Headline('bytes, with the page', SUBJECT, 'bytes, with the page'),
    Headline('100,000 points in plotly, to drawn', SUBJECTS['plotly'], 'to drawn'),
    Headline('longest task while zooming', SUBJECTS['plotly'], 'longest task while zooming'),
    Headline('100,000 points in the own chart, to drawn', SUBJECTS['own'], 'to drawn'),
    Headline('longest task while zooming that', SUBJECTS['own'], 'longest task while zooming'),
    Headline('a brush, until a chart and a table show it', SUBJECTS['linked'], 'until a chart and a table show it'),
    Headline('a figure that changes ten times a second', SUBJECTS['live'], 'shown'),
    Headline('server CPU of a second of that', SUBJECTS['live'], 'server CPU of a second'),
)


def divided(record: Record) -> tuple[Record, Record]:
    """Return the part of a record that is about large tables and charts, and the rest."""
    return record.divided((SUBJECT, *SUBJECTS.values()))


def short(record: Record) -> str:
    """Return the conditions, the table of the headlines, and a sentence about the rows in which a peer is ahead."""
    return readme.short(record, HEADLINES)
