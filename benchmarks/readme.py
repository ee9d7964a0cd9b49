"""The parts of the READMEs that show figures: tables between two comments, written from the record of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.figures import Figure, aligned, columns, table
from benchmarks.record import Record

NAMES: Final = {
    'dara': 'this',
    'dara-core': '`dara-core`',
    'nicegui': 'NiceGUI',
    'dash': 'Dash',
    'streamlit': 'Streamlit',
}
"""The systems of the short table, with the titles of their columns."""
SMOKE: Final = (
    'These are the figures of a smoke test, with few repetitions: they show that it works, not how fast it is.'
)


@dataclass(frozen=True, slots=True)
class Headline:
    """A row of the short table, with the figure that it shows."""

    label: str
    subject: str
    measure: str


HEADLINES: Final = (
    Headline('from a keystroke to another tab, p50', 'tab to tab', 'in memory, p50'),
    Headline('from a slider through a function to a text, p50', 'answer in the page', 'a slider, function, p50'),
    Headline('from a click through an action to a text, p50', 'answer in the page', 'a button, p50'),
    Headline('calls of a function by 20 users', 'a function, 20 users', 'calls'),
    Headline('server CPU of such a call', 'a function, 20 users', 'server CPU per call'),
    Headline('a quick call while 20 others wait, worst', 'a quick call while 20 wait 0.2 s', 'meanwhile, worst'),
    Headline('1,000 components, until one answers a key', '1,000 components', 'to the first answer'),
    Headline('1,000 texts of one variable, a key, p50', '1,000 texts of one variable', 'a key, p50'),
    Headline('table of 1,000 rows, to the first', 'table of 1,000 rows', 'to the first row'),
    Headline('table of 100,000 rows, to the first', 'table of 100,000 rows', 'to the first row'),
    Headline('one change to 1000 open tabs, the last, p50', 'fan-out to 1000', 'one edit, to the last, p50'),
    Headline('edits delivered to 1000 tabs', 'fan-out to 1000', 'stream, deliveries'),
    Headline('from navigation to an editable field', 'page', 'to an editable field'),
    Headline('the same at 100 ms and 10 Mbit/s', 'cold page, 100 ms', 'to an editable field'),
    Headline('bytes of that page', 'page', 'bytes'),
    Headline('from the start command to the first byte', 'start', 'to the first byte'),
    Headline('memory of the idle server', 'start', 'RSS, idle'),
    Headline('installed, with dependencies', 'package', 'installed, with dependencies'),
)


def replaced(text: str, part: str, content: str) -> str:
    """Return `text` with new content between the comments `<!-- part -->` and `<!-- end of part -->`.

    Raises:
        ValueError: the comments are not there.
    """
    begin, end = f'<!-- {part} -->', f'<!-- end of {part} -->'
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f'there is no part {begin} ... {end}')
    return f'{before}{begin}\n\n{content}\n\n{end}{after}'


def everything(record: Record) -> str:
    """Return the conditions, a table of all figures of Dara and its peers, and one of those without such columns."""
    subjects = {each.subject for each in record.figures if each.system == 'dara'}
    compared = [each for each in record.figures if each.subject in subjects]
    others = [each for each in record.figures if each.subject not in subjects]
    tables = [table(each) for each in (compared, others) if each]
    return '\n\n'.join([*introduction(record), *tables])


def short(record: Record, headlines: Sequence[Headline] = HEADLINES) -> str:
    """Return the conditions, the table of the headlines, and a sentence about the rows in which a peer is ahead."""
    figures = {(each.subject, each.measure, each.system): each for each in record.figures}
    systems = [each for each in columns(record.figures) if each in NAMES]
    rows, ahead = [['', *(NAMES[system] for system in systems)]], []
    for headline in headlines:
        found = {each: figures.get((headline.subject, headline.measure, each)) for each in systems}
        cells = {system: figure for system, figure in found.items() if figure}
        if 'dara' not in cells:
            continue
        best = _best(list(cells.values()))
        marked = best if len(cells) > 1 else None
        rows.append([headline.label, *(_cell(cells.get(system), marked) for system in systems)])
        if best.system != 'dara':
            ahead.append(f'{headline.label} ({NAMES[best.system]})')
    return '\n\n'.join([*introduction(record), aligned(rows, 1), _ahead(ahead)])


def introduction(record: Record) -> list[str]:
    """Return the paragraphs about a record that come before its tables."""
    return [SMOKE, record.conditions] if record.is_quick else [record.conditions]


def _best(figures: Sequence[Figure]) -> Figure:
    whole = [each for each in figures if not (each.is_least or each.note)] or figures
    if whole[0].unit == '1/s':
        return max(whole, key=lambda each: each.value)
    return min(whole, key=lambda each: each.value)


def _cell(figure: Figure | None, best: Figure | None) -> str:
    if figure is None:
        return ''
    text = f'{figure}/s' if figure.unit == '1/s' else f'{figure} {figure.unit}'
    is_best = best is not None and figure.value == best.value and not figure.note
    return f'**{text}**' if is_best else f'{text}{figure.remark}'


def _ahead(rows: Sequence[str]) -> str:
    return f'A peer is ahead in: {"; ".join(rows)}.' if rows else 'No peer is ahead in a row of this table.'
