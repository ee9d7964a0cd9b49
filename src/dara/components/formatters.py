"""The formatters of a Table's columns, checked where they are declared."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, Final

from dara.core._json import member_name
from dara.core.component import warn_unknown


class TableFormatterType(StrEnum):
    """The formatters of columns; plain strings work as well."""

    ADAPTIVE_PRECISION = 'adaptive_precision'
    BADGE = 'badge'
    CODE = 'code'
    COMPARE = 'compare'
    DATETIME = 'datetime'
    FORMATTED_TEXT = 'formatted_text'
    LINK = 'link'
    NUMBER = 'number'
    NUMBER_INTL = 'number_intl'
    PERCENT = 'percent'
    THRESHOLD = 'threshold'


class TableFormatterCompareCondition(StrEnum):
    """The conditions of the formatter `'compare'`."""

    EQUAL = 'equal'


KNOWN: Final = tuple(map(str, TableFormatterType))
MEANT: Final = {'date': 'datetime', 'time': 'datetime', 'currency': 'number_intl', 'float': 'number', 'int': 'number'}
"""Names that are close to a formatter in meaning, but not in spelling."""
MOST_DECIMALS: Final = 20

Formatter = dict[str, Any]


def checked_formatter(given: Any, owner: str = 'Table.column') -> Formatter:
    """Return a formatter as `{'type': ..., ...}`; a plain string is the name of one without options.

    An option that the formatter does not have is logged, with the name of the `owner`.

    Raises:
        ValueError: `given` is no formatter, or one of its options does not fit.
    """
    formatter = {'type': str(given)} if isinstance(given, str) else given
    if not isinstance(formatter, Mapping) or 'type' not in formatter:
        raise ValueError(f"takes a name such as 'number', or {{'type': 'number', 'precision': 2}}, not {given!r}.")
    name = str(formatter['type'])
    if name not in KNOWN:
        raise ValueError(f'there is no formatter {name!r}. {_nearest(name)}')
    options = ['type', *OPTIONS.get(name, ()), *(('thresholds',) if name in NUMERIC else ())]
    for option in formatter:
        if option not in options:
            warn_unknown(f'{owner}: formatter {name!r}', str(option), options, (), None)
    checked = {**formatter, 'type': name}
    check = CHECKS.get(name, _checked_already)
    return {**checked, **check(checked), **_colors(checked)}


def _nearest(name: str) -> str:
    meant = MEANT.get(name.lower()) or next(iter(get_close_matches(name.lower(), KNOWN, 1)), None)
    return f'Did you mean {meant!r}?' if meant else f'There are: {", ".join(KNOWN)}.'


def _checked_already(_: Formatter) -> Formatter:
    return {}


def _precise(formatter: Formatter) -> Formatter:
    precision = formatter.get('precision')
    is_fine = isinstance(precision, int) and not isinstance(precision, bool) and 0 <= precision <= MOST_DECIMALS
    if precision is not None and not is_fine:
        raise ValueError(f"'precision' is a number of decimals from 0 to {MOST_DECIMALS}, not {precision!r}.")
    return {}


def _international(formatter: Formatter) -> Formatter:
    locales, options = formatter.get('locales'), formatter.get('options')
    names = [locales] if isinstance(locales, str) else locales
    if names is not None and not (isinstance(names, (list, tuple)) and all(isinstance(name, str) for name in names)):
        raise ValueError(f"'locales' is a language such as 'en-US' or a list of them, not {locales!r}.")
    if options is not None and not isinstance(options, Mapping):
        raise ValueError(f"'options' is a dict such as {{'style': 'currency', 'currency': 'EUR'}}, not {options!r}.")
    return {}


def _text_option(name: str, example: str) -> Callable[[Formatter], Formatter]:
    def check(formatter: Formatter) -> Formatter:
        given = formatter.get(name)
        if given is not None and not isinstance(given, str):
            raise ValueError(f'{name!r} is a string such as {example!r}, not {given!r}.')
        return {}

    return check


def _with_badges(formatter: Formatter) -> Formatter:
    badges = formatter.get('badges')
    if not isinstance(badges, Mapping):
        example = "{'done': {'label': 'Done', 'color': 'green'}}"
        raise ValueError(f"needs 'badges', a dict such as {example}{_not(badges)}.")
    return {'badges': {member_name(value): _badge(value, badge) for value, badge in badges.items()}}


def _badge(value: Any, badge: Any) -> Formatter:
    if isinstance(badge, str):
        return {'label': str(value), 'color': badge}
    if not isinstance(badge, Mapping):
        raise ValueError(f"the badge of {value!r} is a colour, or {{'label': ..., 'color': ...}}, not {badge!r}.")
    for name, given in badge.items():
        if name not in ('label', 'color') or not isinstance(given, str):
            raise ValueError(f"the badge of {value!r} has strings as 'label' and 'color', not {name!r}: {given!r}.")
    return {'label': str(value), **badge}


def _colors(formatter: Formatter) -> Formatter:
    thresholds = formatter.get('thresholds')
    if thresholds is None and formatter['type'] != 'threshold':
        return {}
    if not isinstance(thresholds, (list, tuple)):
        raise ValueError(
            f"needs 'thresholds', a list such as [{{'bounds': (0, 10), 'color': 'red'}}]{_not(thresholds)}."
        )
    return {'thresholds': [_threshold(each) for each in thresholds]}


def _threshold(given: Any) -> Formatter:
    bounds = given.get('bounds') if isinstance(given, Mapping) else None
    if not (isinstance(bounds, (list, tuple)) and len(bounds) == 2 and all(map(_is_bound, bounds))):
        raise ValueError(f"a threshold is {{'bounds': (from, below), 'color': ...}} with two numbers, not {given!r}.")
    if not isinstance(given.get('color'), str):
        raise ValueError(f"the 'color' of a threshold is a string, not {given.get('color')!r}.")
    return {**given, 'bounds': [None if each is None or math.isinf(each) else each for each in bounds]}


def _is_bound(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool) and not math.isnan(value))


def _comparison(formatter: Formatter) -> Formatter:
    if 'target' not in formatter:
        raise ValueError("needs 'target', the value with which each cell is compared.")
    condition = str(formatter.get('condition') or TableFormatterCompareCondition.EQUAL)
    if condition not in [*map(str, TableFormatterCompareCondition)]:
        raise ValueError(f"'condition' is 'equal', not {condition!r}.")
    return {'condition': condition}


def _not(given: Any) -> str:
    return '' if given is None else f', not {given!r}'


CHECKS: Final[Mapping[str, Callable[[Formatter], Formatter]]] = {
    'badge': _with_badges,
    'code': _text_option('language', 'python'),
    'compare': _comparison,
    'datetime': _text_option('format', 'dd/MM/yyyy'),
    'number': _precise,
    'number_intl': _international,
    'percent': _precise,
}
OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    'badge': ('badges',),
    'code': ('language',),
    'compare': ('target', 'condition'),
    'datetime': ('format',),
    'formatted_text': ('language',),
    'number': ('precision',),
    'number_intl': ('locales', 'options'),
    'percent': ('precision',),
}
NUMERIC: Final = frozenset({'adaptive_precision', 'number', 'number_intl', 'percent', 'threshold'})
"""The formatters that can show a number in the colour of its range."""
