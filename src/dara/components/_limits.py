"""Limits of fields: checked where they are declared, and by the server for the actions of their form."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeAlias
from urllib.parse import urlsplit

from pydantic import BeforeValidator

from dara.core import _messages as messages
from dara.core._json import Json, to_json
from dara.core.errors import InvalidProp

Bound: TypeAlias = Annotated[int | float | str, BeforeValidator(to_json)]
"""A number, or a date or time as an ISO string."""

_OF_KIND: Final = {
    'text': {'min_length', 'max_length', 'pattern', 'pattern_message', 'suggestions'},
    'number': {'min', 'max', 'step'},
    'moment': {'min', 'max'},
}
_MOMENT: Final = re.compile(r'\d{4}-\d\d-\d\d|\d\d:\d\d(:\d\d)?')
_OFFSET: Final = re.compile(r':\d\d[\d:.]*(Z|[+-]\d\d(:?\d\d)?)$', re.IGNORECASE)
_MOMENTS: Final = ('date', 'time')
_ROUNDING: Final = 1e-9
"""The tolerance of steps that are no binary fractions, such as 0.1."""
_LABEL: Final = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?'
_EMAIL: Final = re.compile(rf"[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})*")
"""An e-mail address, by the rule of browsers (HTML, "valid e-mail address")."""
_ALL: Final = tuple(dict.fromkeys(name for names in _OF_KIND.values() for name in sorted(names)))


def check_limits(field: object, kind: str) -> None:
    """Check that a field can have its limits, and that a value can meet them.

    Args:
        kind: the kind of its values: `'text'`, `'number'` or `'moment'`.

    Raises:
        InvalidProp: it cannot.
    """
    name = type(field).__name__
    given: dict[str, Any] = {limit: getattr(field, limit, None) for limit in _ALL}
    for limit, value in given.items():
        if value is not None and limit not in _OF_KIND[kind]:
            kinds = [each for each, limits in _OF_KIND.items() if limit in limits]
            raise InvalidProp(f'{name}: {limit} is for fields of the kind {" or ".join(kinds)}, and this is a {kind}.')
    for bound in ('min', 'max'):
        if given[bound] is not None:
            _check_bound(f'{name}: {bound}', given[bound], kind)
    for least, most in (('min', 'max'), ('min_length', 'max_length')):
        if given[least] is not None and given[most] is not None and given[least] > given[most]:
            raise InvalidProp(f'{name}: {least} is {given[least]!r}, more than {most}, {given[most]!r}.')
    if given['step'] is not None and given['step'] <= 0:
        raise InvalidProp(f'{name}: step is a number above 0, not {given["step"]!r}.')
    try:
        re.compile(given['pattern'] or '')
    except re.error as error:
        raise InvalidProp(f'{name}: pattern {given["pattern"]!r} is no regular expression: {error}.') from None


def _check_bound(prop: str, bound: Any, kind: str) -> None:
    if kind == 'number' and isinstance(bound, (str, bool)):
        raise InvalidProp(f'{prop} takes a number, not {bound!r}.')
    if kind == 'moment' and not _MOMENT.fullmatch(str(bound)):
        raise InvalidProp(f"{prop} takes '2026-07-15', or for times '13:30', not {bound!r}.")


def limits_of(field: object) -> dict[str, Any]:
    """Return the limits that a field declares, with its `type`: those of texts and numbers depend on it."""
    given = {limit: getattr(field, limit, None) for limit in ('required', 'type', *_ALL)}
    return {limit: value for limit, value in given.items() if value is not None}


def broken_limit(value: Json, limits: Mapping[str, Any]) -> str | None:
    """Return the reason why a value does not meet limits, in the words of client/src/fields/limits.ts."""
    is_empty = value is None or value is False or value in ('', [])
    if limits.get('required') and (is_empty or (isinstance(value, str) and not value.strip())):
        return messages.CHECK_BOX if value is False else messages.FILL_IN
    if is_empty:
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _broken_by_number(value, limits)
    if not isinstance(value, str):
        return None
    return _broken_by_moment(value, limits) if limits.get('type') in _MOMENTS else _broken_by_text(value, limits)


def _broken_by_number(value: float, limits: Mapping[str, Any]) -> str | None:
    least, most, step = limits.get('min'), limits.get('max'), limits.get('step')
    if least is not None and value < least:
        return messages.enter_at_least(least)
    if most is not None and value > most:
        return messages.enter_at_most(most)
    if step is None:
        return None
    steps = (value - (least or 0)) / step
    if abs(steps - round(steps)) < _ROUNDING:
        return None
    below = (least or 0) + math.floor(steps) * step
    return messages.enter_either(*(f'{each:.9f}'.rstrip('0').rstrip('.') for each in (below, below + step)))


def _broken_by_text(text: str, limits: Mapping[str, Any]) -> str | None:
    least, most, pattern = limits.get('min_length'), limits.get('max_length'), limits.get('pattern')
    if least is not None and len(text) < least:
        return messages.write_at_least(least)
    if most is not None and len(text) > most:
        return messages.write_at_most(most)
    if limits.get('type') == 'email' and not _EMAIL.fullmatch(text.strip()):
        return messages.ENTER_EMAIL
    if limits.get('type') == 'url' and not _is_address(text.strip()):
        return messages.ENTER_ADDRESS
    if pattern is not None and not re.fullmatch(pattern, text):
        return str(limits.get('pattern_message') or messages.NOT_IN_THIS_FORM)
    return None


def _broken_by_moment(text: str, limits: Mapping[str, Any]) -> str | None:
    first, last = limits.get('min'), limits.get('max')
    if _OFFSET.search(text):  # its day depends on the time zone in which the browser shows it
        return None
    part = text.rpartition('T')[2] if limits['type'] == 'time' else text[: len('2026-07-15')]
    if first is not None and part < first:
        return messages.enter_from(messages.moment(first))
    return messages.enter_until(messages.moment(last)) if last is not None and part[: len(last)] > last else None


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme and (parts.netloc or parts.path)) and not re.search(r'\s', text)
