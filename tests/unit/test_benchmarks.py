"""The tables of the benchmarks, and the parts of the READMEs that are written from them."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest
from psutil import Process

from benchmarks import readme_data, readme_databases
from benchmarks.__main__ import measure
from benchmarks.contender import Contender
from benchmarks.figures import Figure, Target, columns, merged, table
from benchmarks.options import Options
from benchmarks.readme import HEADLINES, SMOKE, everything, replaced, short
from benchmarks.record import Record, load, medians
from benchmarks.serving import Server
from benchmarks.systems import HERE

CALLS = 'a function, 20 users'


def figure(system: str, value: float, measure: str = 'calls', unit: str = '1/s') -> Figure:
    return Figure(CALLS, measure, unit, system, value)


def test_dara_comes_first_and_the_floor_last() -> None:
    figures = [figure(each, 1) for each in ('dara', 'floor', 'streamlit', 'base', 'dara-core')]
    assert columns(figures) == ['dara', 'base', 'dara-core', 'streamlit', 'floor']


def test_a_table_has_a_row_for_each_measure_and_a_column_for_each_system() -> None:
    figures = [figure('dara', 7736), figure('dash', 1580), figure('dara', 2.3, 'p50', 'ms')]
    lines = [[cell.strip() for cell in line.strip('|').split('|')] for line in table(figures).splitlines()]
    assert lines[0] == ['subject', 'measure', 'dara', 'dash', 'target']
    assert lines[2:] == [[CALLS, 'calls, 1/s', '7,736', '1,580', ''], [CALLS, 'p50, ms', '2.3', '', '']]


def test_a_missed_target_and_a_lower_bound_are_seen_in_the_table() -> None:
    given_up = Figure('a', 'b', 's', 'dash', 30, is_least=True)
    text = table([Figure('a', 'b', 's', 'dara', 5, Target(3)), given_up])
    assert '< 3 MISSED' in text
    assert '> 30' in text


def test_later_figures_replace_earlier_ones_in_their_place() -> None:
    earlier = [figure('dara', 1), figure('dash', 2)]
    later = [figure('dara', 3), figure('nicegui', 4)]
    assert merged(earlier, later) == [figure('dara', 3), figure('dash', 2), figure('nicegui', 4)]


def test_a_record_in_parts_is_one_record(tmp_path: Path) -> None:
    file = tmp_path / 'figures.json'
    first, second = Figure('a', 'b', 's', 'dara', 5, Target(3)), figure('dash', 2)
    Record([first], 'yesterday', True).save(file)
    Record([second], 'today', False).save(file)
    assert load(file) == Record([first, second], 'today', True)


def test_only_the_part_between_the_comments_is_replaced() -> None:
    text = 'before\n<!-- x -->\n\nold\n\n<!-- end of x -->\nafter'
    assert replaced(text, 'x', 'new') == 'before\n<!-- x -->\n\nnew\n\n<!-- end of x -->\nafter'
    assert replaced(replaced(text, 'x', 'new'), 'x', 'newer') == replaced(text, 'x', 'newer')


@pytest.mark.parametrize('text', ['', '<!-- x -->', '<!-- end of x -->'])
def test_a_text_without_the_comments_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match='no part'):
        replaced(text, 'x', 'new')


def test_the_short_table_marks_the_best_and_names_the_rows_in_which_a_peer_is_ahead() -> None:
    slower = [figure('dara', 100), figure('dash', 20)]
    dearer = [Figure('page', 'bytes', 'kB', 'dara', 100), Figure('page', 'bytes', 'kB', 'nicegui', 99)]
    text = short(Record([*slower, *dearer], 'today', False))
    assert '**100/s**' in text
    assert '**99 kB**' in text
    assert text.endswith('A peer is ahead in: bytes of that page (NiceGUI).')
    assert short(Record(slower, 'today', False)).endswith('No peer is ahead in a row of this table.')


def test_a_smaller_measurement_is_never_the_best_and_says_that_it_is_smaller() -> None:
    small = Figure('page', 'bytes', 'kB', 'nicegui', 1, note='10,000 rows')
    record = Record([Figure('page', 'bytes', 'kB', 'dara', 100), small], 'today', False)
    assert '**100 kB**' in short(record)
    assert '1 kB (10,000 rows)' in short(record)
    assert '1 (10,000 rows)' in everything(record)


def test_figures_of_large_tables_and_charts_have_a_part_of_their_own() -> None:
    figures = [Figure(each.subject, each.measure, 'ms', 'dara', 1) for each in readme_data.HEADLINES]
    about, rest = readme_data.divided(Record([figure('dara', 1), *figures], 'today', False))
    assert (about.figures, rest.figures) == (figures, [figure('dara', 1)])
    assert all(each.label in readme_data.short(about) for each in readme_data.HEADLINES)


def test_a_lower_bound_is_never_the_best() -> None:
    given_up = Figure('page', 'bytes', 'kB', 'dash', 30, is_least=True)
    text = short(Record([Figure('page', 'bytes', 'kB', 'dara', 100), given_up], 'today', False))
    assert '**100 kB**' in text


@pytest.mark.parametrize(('unit', 'bound'), [('s', 30), ('ms', 30_000)])
def test_a_measurement_that_was_mostly_given_up_is_a_lower_bound(unit: str, bound: float) -> None:
    contender = Contender('dash', Server(0, Process(), 0))
    for value in (5, math.inf, math.inf):
        contender.add('to the first row', unit, value)
    contender.add('frames', '1/s', 60)
    first, second = contender.figures('table', 30)
    assert (first.value, first.is_least) == (bound, True)
    assert (second.value, second.is_least) == (60, False)


def test_figures_without_dara_have_a_table_of_their_own() -> None:
    sizes = Figure('Python, a document', 'apply', 'us', '1 KB', 3)
    first, second = everything(Record([figure('dara', 1), sizes], 'today', False)).split('\n\n')[1:]
    assert '1 KB' not in first
    assert 'dara' not in second


def test_the_readmes_say_that_a_smoke_test_is_one() -> None:
    record = Record([figure('dara', 1)], 'today', True)
    assert SMOKE in everything(record)
    assert SMOKE in short(record)
    assert SMOKE not in short(Record([figure('dara', 1)], 'today', False))


@pytest.mark.parametrize('part', ['figures', 'databases', 'data'])
def test_both_readmes_have_a_part_for_the_figures(part: str) -> None:
    for file in (HERE / 'README.md', HERE.parent / 'README.md'):
        assert replaced(file.read_text(), part, 'x') != file.read_text()


def test_figures_of_databases_have_a_part_of_their_own() -> None:
    commits = Figure('commits in Redis', '32 writers', '1/s', 'dara', 9000)
    about, rest = readme_databases.divided(Record([figure('dara', 1), commits], 'today', False))
    assert (about.figures, rest.figures) == ([commits], [figure('dara', 1)])
    lines = [line for line in readme_databases.short(about).splitlines() if '1 KB' in line]
    assert [cell.strip() for cell in lines[0].split('|')][1:-1] == ['commits of 1 KB by 32 writers', '', '9,000/s', '']


def test_the_figures_of_several_runs_are_their_medians() -> None:
    runs = [Record([figure('dara', value)], f'run {value}', False) for value in (1, 30, 2)]
    assert medians(runs) == Record([figure('dara', 2)], 'Medians of 3 runs. run 2', False)


def test_each_headline_is_there_once() -> None:
    assert len({each.label for each in HEADLINES}) == len(HEADLINES)


def test_a_smoke_test_measures_and_says_that_it_is_one(tmp_path: Path) -> None:
    file = tmp_path / 'figures.json'
    command = [sys.executable, '-m', 'benchmarks', '--quick', '--only', 'start', '--json', str(file)]
    done = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, check=True)
    assert '| to the first byte, s' in done.stdout
    assert SMOKE in done.stdout
    assert {each.system for each in load(file).figures} == {'dara'}


def test_a_subject_that_fails_does_not_end_the_run(tmp_path: Path) -> None:
    file = tmp_path / 'figures.json'
    assert not measure('no such subject', Options(), file, [])
    assert load(file).figures == []
