"""Texts that the server shows to users; a translation replaces them here.

Log messages and errors for the app's developers stand by the code that raises them. The client's own texts are in
client/src/messages.ts.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Final

# Pages
PAGE_NOT_FOUND: Final = 'There is no such page'
TO_FIRST_PAGE: Final = 'Go to the first page'
MAY_NOT_SEE_PAGE: Final = 'You may not see this page'
PAGE_REFUSED: Final = 'This page cannot be shown'
PAGE_FAILED: Final = 'This page cannot be shown now'
TRY_AGAIN: Final = 'Try again'
DOWNLOAD_EXPIRED: Final = 'This download has expired; start it again.'
RESULT_EXPIRED: Final = 'This result is no longer offered; call again.'

# Components
COMPONENT_FAILED: Final = 'This part cannot be shown'
COMPONENT_FAILED_HINT: Final = 'Try again in a moment, or ask the people who run this app.'

# Logging in and out
LOG_IN: Final = 'Log in'
NAME: Final = 'Name'
PASSWORD: Final = 'Password'  # noqa: S105  # the label of a field
LOG_OUT: Final = 'Log out'
LOG_OUT_QUESTION: Final = 'Log out?'
STAY_LOGGED_IN: Final = 'Stay logged in'
NOT_LOGGED_IN: Final = 'You are not logged in'
LOG_IN_AT_PROXY: Final = 'Log in where you came from, and then open this page again.'
CREDENTIALS_NEEDED: Final = 'Enter your name and your password'
WRONG_PASSWORD: Final = 'Wrong name or password'  # noqa: S105
FORM_OF_OTHER_SITE: Final = 'This form was sent by another site. Log in here.'
LOGIN_FAILED: Final = 'Logging in does not work now; the server log tells why'
LOGIN_BUSY: Final = 'Too many people are logging in at this moment'
TOO_MANY_ATTEMPTS: Final = 'Too many attempts'

# Requests
NOT_AUTHENTICATED: Final = 'Not authenticated.'
OTHER_ORIGIN: Final = 'This request comes from a page of another origin.'
IDENTITY_UNKNOWN: Final = 'The server cannot check now who you are. Try again in a moment.'
REQUEST_FAILED: Final = 'Something in the app has failed; the server log tells why.'
ENDPOINT_FAILED: Final = 'The endpoint failed; the server log tells why.'
FILE_NOT_FOUND: Final = 'Not found'
BODY_INCOMPLETE: Final = 'The body did not arrive completely'

# Uploads
UPLOAD_GONE: Final = 'The server does not have this upload any more. Upload the file again.'
UPLOAD_INCOMPLETE: Final = 'The file has not arrived completely. Upload it again.'
UPLOAD_TOO_LONG: Final = 'The file is longer than it was when its upload began. Upload it again.'
UPLOAD_BEGINS_ELSEWHERE: Final = 'This part does not follow what the server has.'
UPLOADS_NEED_FOLDER: Final = (
    'The servers of this app share no folder, so they cannot take files. Tell the people who run it.'
)
UPLOADS_FAIL_NOW: Final = 'The server cannot store files now.'
NO_ROOM_FOR_UPLOADS: Final = 'The server has no room for more files now. Try again later.'

# Stores
MAY_NOT_READ: Final = 'You may not see this.'
MAY_NOT_READ_ANY_MORE: Final = 'You may not see this any more.'
MAY_NOT_WRITE: Final = 'You may not change this.'
MAY_NOT_USE: Final = 'You have no right to this.'
READ_ONLY: Final = 'This value is read-only.'
READ_FAILED: Final = 'The server cannot read this value now.'
READ_CHECK_FAILED: Final = 'The server cannot check now whether you may see this'
WRITE_CHECK_FAILED: Final = 'The server cannot check now whether you may change this'
RIGHTS_CHECK_FAILED: Final = 'The server cannot check now what you may see'
SCOPE_FAILED: Final = 'The server cannot find out now which value is yours'
VALIDATION_FAILED: Final = 'The server cannot check now whether this is valid'
STORE_FAILED: Final = 'the server could not store it'
STORE_AWAY: Final = "the server's storage does not answer"
DATA_UNREADABLE: Final = 'the data cannot be read'
CONFLICT: Final = 'Somebody else has changed this in the meantime.'
PRECONDITION_FAILED: Final = 'What the edit depends on is not there any more.'
INVALID_ROOM: Final = 'There is no such room: its name is too long, or not valid Unicode.'
NOT_SUBSCRIBED: Final = 'This tab does not show that store.'
TOO_MANY_EDITS: Final = 'Too many edits at once.'

# Fields
FILL_IN: Final = 'Fill this in.'
NOT_IN_THIS_FORM: Final = 'This does not have the expected form.'
ENTER_NUMBER: Final = 'Enter a number.'
ENTER_WHOLE_NUMBER: Final = 'Enter a whole number.'
ENTER_DATE: Final = 'Enter a date.'
ENTER_TIME: Final = 'Enter a time.'
ENTER_DATE_AND_TIME: Final = 'Enter a date and a time.'
ENTER_ADDRESS: Final = 'Enter an address such as https://example.org.'
ENTER_EMAIL: Final = 'Enter an e-mail address such as name@example.org.'
CHECK_BOX: Final = 'Check this box to go on.'

# Start-up
APP_FAILED: Final = 'The app cannot be loaded'
APP_FAILED_HINT: Final = 'This page goes on by itself when the file has been changed.'

# Calls
CALL_UNKNOWN: Final = 'This page does not have that action any more.'
TOO_MANY_CALLS: Final = 'Too many actions at once; try again when some have ended.'
ACTION_FAILED: Final = 'The action failed; the server log tells why.'
RENDER_FAILED: Final = 'This part of the page failed; the server log tells why.'
JOB_WAITS: Final = 'Waiting for others to finish'
JOB_CANCELLED: Final = 'This was cancelled.'
JOB_RUNS_ALREADY: Final = 'This is running already.'
JOB_STOPPED: Final = 'The server has stopped before this was finished.'
JOB_SERVER_ENDED: Final = 'The calculation ended without a result: its server has ended.'
JOB_MAY_RUN: Final = 'It cannot be found out whether this is running already. Try again in a moment.'
TOO_MANY_JOBS: Final = 'Too many calculations are waiting; try again when some have ended.'
DERIVE_FAILED: Final = 'A value of this page could not be computed; the server log tells why.'


def job_process_ended(how: str) -> str:
    """Explain that the process of a job has ended before the job, for example by a signal."""
    return f'The calculation ended without a result: its process has ended ({how}).'


def no_page_at(path: str) -> str:
    """Explain that the app has no page at `path`."""
    return f'There is no page at {path}'


def retry_later(reason: str, seconds: int) -> str:
    """Explain why a login has to be tried again after some seconds."""
    return f'{reason}. Try again in {seconds} s.'


def body_too_large(limit: int) -> str:
    """Explain that the body of a request exceeds a limit in bytes."""
    return f'A body may take {limit} bytes'


def body_not_json(error: object) -> str:
    """Explain that the body of a request is not JSON."""
    return f'The body is not JSON: {error}'


def argument_missing(name: str) -> str:
    """Explain that a request lacks an argument of its endpoint."""
    return f'{name} is missing'


def store_unknown(uid: str) -> str:
    """Explain that the page does not show a store."""
    return f'This page does not show a store {uid!r}.'


def value_is_newer(key: str, stored: int, here: int) -> str:
    """Explain that a later version of the app has stored a value."""
    return f'{key!r} was stored by version {stored} of the app, and this server runs version {here}.'


def value_without_version(key: str, latest: int) -> str:
    """Explain that the version of a value is unknown."""
    return f'{key!r} was of version {latest} of the app, and was replaced by a value that does not say its version.'


def migration_missing(key: str, stored: int, here: int) -> str:
    """Explain that a value is of a version of the app from which no function leads on."""
    return f'{key!r} is of version {stored} of the app, from which there is no way to version {here}.'


def migration_failed(key: str, stored: int, here: int, function: str) -> str:
    """Explain that a function of the app could not migrate a value."""
    return f'{key!r} is of version {stored} of the app, and {function} could not bring it to version {here}.'


def made_for_other_version(made_for: int, here: int) -> str:
    """Explain that a page, and the edits made in it, are of another version of the app than the server."""
    return (
        f'This page was made for version {made_for} of this value, and the server now runs version {here}. '
        'Edits that are not saved stay in this page: copy what you need, and reload it.'
    )


def too_many_subscriptions(limit: int) -> str:
    """Explain that a tab has the allowed number of subscriptions."""
    return f'A tab may hold {limit} subscriptions.'


def edit_too_large(limit_bytes: int, limit_ops: int) -> str:
    """Explain that an edit exceeds the limits of its size."""
    return f'An edit may take {limit_bytes} bytes and {limit_ops} ops.'


def value_too_large(size: int, limit: int) -> str:
    """Explain that a value would exceed a limit in bytes."""
    return f'The value would take {size} bytes, and at most {limit} are allowed.'


def copy_too_large(limit: int) -> str:
    """Explain that the source of a copy exceeds a limit in bytes."""
    return f'What is copied would take more than {limit} bytes.'


def result_too_large(name: str, size: int) -> str:
    """Explain that the result of a call takes more than `size` bytes."""
    return f'{name}: the result takes more than {size} bytes, which is too much for a tab.'


def does_not_fit(function: str, parameter: str, expected: str, reason: str) -> str:
    """Explain that a value does not have the type with which a parameter is annotated."""
    return f'{function} takes {expected} for {parameter!r}, and this value does not fit: {reason}.'


def may_not_see(user: str, value: object) -> str:
    """Explain that a user may not see a variable or a store."""
    return f'{user} may not see {value}.'


def not_tabular(name: str, kind: str) -> str:
    return f'{name} holds a {kind}. A table shows a DataFrame of pandas or polars, or an Arrow table.'


def upload_too_large(size: int, limit: int) -> str:
    """Explain that a file is larger than its component takes."""
    return f'The file has {in_units(size)}, and at most {in_units(limit)} are allowed.'


def upload_of_other_type(accept: str) -> str:
    """Explain that a component does not take files of this type."""
    return f'Files of this type are not taken here, only {accept}.'


def too_many_uploads(limit: int) -> str:
    """Explain that a user has too many uploads."""
    return f'You can upload {limit} files at one time. Wait until others have ended.'


def uploads_too_large(limit: int) -> str:
    """Explain that the uploads of a user are too large together."""
    return f'Your uploads have more than {in_units(limit)} together. Wait until others have ended.'


def no_table(name: str) -> str:
    """Explain that a file cannot be read as a table."""
    return f'{name} cannot be read as a table. Save it as CSV or Excel.'


def in_units(size: int) -> str:
    """Return a number of bytes in words, such as `'1.5 MB'`."""
    if size == 1:
        return '1 byte'
    amount, unit = float(size), 'bytes'
    for larger in ('KB', 'MB', 'GB', 'TB'):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f'{amount:.3g} {unit}'


def write_at_least(characters: int) -> str:
    return FILL_IN if characters == 1 else f'Write at least {characters} characters.'


def write_at_most(characters: int) -> str:
    return f'Write at most {characters} {"character" if characters == 1 else "characters"}.'


def enter_at_least(limit: object) -> str:
    return f'Enter {limit} or more.'


def enter_more_than(limit: object) -> str:
    return f'Enter more than {limit}.'


def enter_at_most(limit: object) -> str:
    return f'Enter {limit} or less.'


def enter_less_than(limit: object) -> str:
    return f'Enter less than {limit}.'


def enter_multiple_of(step: object) -> str:
    return f'Enter a multiple of {step}.'


def enter_either(below: object, above: object) -> str:
    return f'Enter {below} or {above}.'


def moment(text: str) -> str:
    """Return a date or a time in ISO format for people, such as `'15 Jul 2026 13:30'`, as the Datepicker shows it."""
    if '-' not in text[1:]:
        return f'{time.fromisoformat(text):%H:%M}'
    given = datetime.fromisoformat(text)
    day = f'{given.day} {given:%b} {given.year}'
    return day if len(text) == len('2026-07-15') else f'{day} {given:%H:%M}'


def enter_after(moment: object) -> str:
    return f'Enter something later than {moment}.'


def enter_before(moment: object) -> str:
    return f'Enter something earlier than {moment}.'


def enter_from(first: object) -> str:
    return f'Enter {first} or later.'


def enter_until(last: object) -> str:
    return f'Enter {last} or earlier.'


def choose_at_least(count: int) -> str:
    return f'Choose at least {count}.'


def choose_at_most(count: int) -> str:
    return f'Choose at most {count}.'


def choose_one_of(values: str) -> str:
    return f'Choose one of: {values.replace(" or ", ", ")}.'
