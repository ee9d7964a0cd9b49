"""The reasons why a value is invalid, in words for people who fill in a form; see `_messages.py` for the words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from dara.core import _messages as messages
from dara.core.errors import InvalidValue

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_WORDS: Final[Mapping[str, Callable[[Any], str]]] = {
    'string_too_short': lambda limit: messages.write_at_least(limit['min_length']),
    'string_too_long': lambda limit: messages.write_at_most(limit['max_length']),
    'string_pattern_mismatch': lambda _: messages.NOT_IN_THIS_FORM,
    'greater_than_equal': lambda limit: _bounded(limit['ge'], messages.enter_at_least, messages.enter_from),
    'greater_than': lambda limit: _bounded(limit['gt'], messages.enter_more_than, messages.enter_after),
    'less_than_equal': lambda limit: _bounded(limit['le'], messages.enter_at_most, messages.enter_until),
    'less_than': lambda limit: _bounded(limit['lt'], messages.enter_less_than, messages.enter_before),
    'multiple_of': lambda limit: messages.enter_multiple_of(limit['multiple_of']),
    'too_short': lambda limit: messages.choose_at_least(limit['min_length']),
    'too_long': lambda limit: messages.choose_at_most(limit['max_length']),
    'literal_error': lambda limit: messages.choose_one_of(limit['expected']),
    'enum': lambda limit: messages.choose_one_of(limit['expected']),
    'int_from_float': lambda _: messages.ENTER_WHOLE_NUMBER,
    'assertion_error': lambda limit: _sentence(str(limit['error'])),
}
_MOMENT: Final = re.compile(r'\d{4}-|\d\d:')
"""The beginning of a date or a time in ISO format."""
_KINDS: Final = {
    'missing': messages.FILL_IN,
    'int': messages.ENTER_WHOLE_NUMBER,
    'float': messages.ENTER_NUMBER,
    'decimal': messages.ENTER_NUMBER,
    'date': messages.ENTER_DATE,
    'time': messages.ENTER_TIME,
    'datetime': messages.ENTER_DATE_AND_TIME,
    'url': messages.ENTER_ADDRESS,
}
"""The words for all other errors of a type, whose names begin with that of the type."""


def invalid_value(error: ValidationError) -> InvalidValue:
    """Return the error for a value that pydantic has refused: its first one for developers, and all for users."""
    found = error.errors(include_url=False)
    reasons = {_pointer(each): reason_of(each) for each in reversed(found)}  # the first one at each place
    first, pointer = found[0], _pointer(found[0])
    message = f'{pointer}: {first["msg"]}' if pointer else first['msg']
    return InvalidValue(message, dict(reversed(reasons.items())))


def reason_of(error: ErrorDetails) -> str:
    """Return what is wrong with a value, in words for users."""
    kind = error['type']
    if error['input'] is None and not kind.endswith('_error'):
        return messages.FILL_IN
    if kind == 'value_error':  # of the app's code, or of a type such as EmailStr
        return _sentence(str(error.get('ctx', {}).get('error') or _in_words(error['msg'])))
    if kind in _WORDS:
        return _WORDS[kind](error.get('ctx', {}))
    return _KINDS.get(kind.partition('_')[0]) or _sentence(error['msg'])


def _bounded(limit: object, of_number: Callable[[object], str], of_moment: Callable[[object], str]) -> str:
    is_moment = isinstance(limit, str) and _MOMENT.match(limit)
    return of_moment(messages.moment(str(limit))) if is_moment else of_number(limit)


def _in_words(message: str) -> str:
    return messages.ENTER_EMAIL if 'not a valid email address' in message else message


def _pointer(error: ErrorDetails) -> str:
    return ''.join(f'/{step}' for step in error['loc'])


def _sentence(text: str) -> str:
    capitalized = text[:1].upper() + text[1:]
    return capitalized if capitalized[-1:] in '.!?' else f'{capitalized}.'
