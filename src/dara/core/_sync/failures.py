"""The failures of calls: their lines in the log, which the pages of developers show, too."""

from __future__ import annotations

import inspect
import logging
import traceback
from typing import Final

from dara.core._awaited import NotAwaited
from dara.core._calls import ActionCall, Call
from dara.core._json import shortened
from dara.core._outages import has_line_of_the_app, line_of_the_app, shown_of
from dara.core._reasons import invalid_value
from dara.core._types import UnfitArgument
from dara.core.errors import DaraError, Forbidden, InvalidEdit, InvalidValue, NotJson

MESSAGE_CHARACTERS: Final = 300
logger = logging.getLogger('dara')


def log_failure(call: Call, error: BaseException) -> str:
    """Log the error of a call, and return what the log says.

    An error of the app's code has the traceback of `shown_of`. Another one of Dara's is one line: a warning if a
    browser has caused it or a user lacks a right, and at the level INFO if a user's value does not fit.
    """
    trace = error.__traceback__
    is_of_the_app = has_line_of_the_app(trace)
    if isinstance(error, (InvalidEdit, NotJson, Forbidden)) and not is_of_the_app:
        said = f'{call.name} was called wrongly by a browser: {shortened(str(error), MESSAGE_CHARACTERS)}'
        logger.warning('%s', said)
    elif isinstance(error, (InvalidValue, Forbidden)):
        reason = str(error).replace('\n', '; ')
        said = f'{call.name}: {reason} ({line_of_the_app(trace) or _definition(call)})'
        logger.log(logging.WARNING if isinstance(error, Forbidden) else logging.INFO, '%s', said)
    elif isinstance(error, DaraError) and not is_of_the_app:
        place = error.place if isinstance(error, NotAwaited) else _definition(call)
        said = f'{error} ({place})'
        logger.error('%s', said)
    else:
        shown = shown_of(error)
        said = ''.join(traceback.format_exception(*shown)).rstrip()
        logger.error('%s failed', call.name, exc_info=shown)
    return said


def told_of(error: Exception) -> str | None:
    """Return what a user is told of an error of a call; `None` if its message is not for users."""
    if isinstance(error, Forbidden):
        return error.for_users
    if isinstance(error, InvalidValue) and not isinstance(error, UnfitArgument):
        return '\n'.join(_in_words(*each) for each in error.reasons.items())
    return str(error) if isinstance(error, DaraError) else None


def refusal_of(call: Call, error: Exception) -> InvalidValue | None:
    """Return what a form is to show its user if that is wrong with its value; `None` for any other error.

    The action of a form refuses a value by an `InvalidValue`, by a model of pydantic, or by a `ValueError` with words.
    """
    if not isinstance(call, ActionCall) or call.check is None:
        return None
    from pydantic import ValidationError

    match error:
        case InvalidValue():
            return error
        case ValidationError():
            return invalid_value(error).with_traceback(error.__traceback__)
        case _ if type(error) is ValueError and str(error):
            return InvalidValue(str(error)).with_traceback(error.__traceback__)
    return None


def _in_words(pointer: str, reason: str) -> str:
    """Return a reason after the name of its member; indexes say nothing to users."""
    names = [step for step in pointer.split('/') if step and not step.isdecimal()]
    return f'{names[-1]}: {reason}' if names else reason


def _definition(call: Call) -> str:
    """Return the place at which the function of a call is defined."""
    code = getattr(inspect.unwrap(call.function), '__code__', None)
    return f'{code.co_filename}, line {code.co_firstlineno}' if code else repr(call.function)
