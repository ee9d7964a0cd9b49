"""Conditions on the values of columns, as expressions of narwhals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import MAXYEAR, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from dara.core._frames.frame import Frame, Kind
from dara.core._frames.query import ColumnFilter, Operator, Search

if TYPE_CHECKING:
    import narwhals as nw

_OF_NUMBERS: Final = frozenset('0123456789.+-e')
_OF_MOMENTS: Final = frozenset('0123456789.:+- tz')
DATE_CHARACTERS: Final = 10
WIDEST: Final = 2**63
"""The integers from which on columns have none; they are compared as floating-point numbers."""


class Unfit(Exception):
    """Refusal of a filter whose value cannot be compared with those of its column."""


def condition(frame: Frame, given: ColumnFilter) -> nw.Expr | None:
    """Return the condition of a filter; `None` if there is no such column.

    Raises:
        Unfit: the value is not comparable with those of the column.
    """
    if given.column not in frame.kinds:
        return None
    return compare(frame, given.column, given.operator, given.value)


def rows_where(native: Any, filters: Sequence[ColumnFilter]) -> Any:
    """Return the rows of a DataFrame that pass all filters, as a DataFrame of the same library.

    Filters of columns that it does not have are ignored. Raises what `condition` does.
    """
    import narwhals

    frame = Frame(native)
    conditions = [made for each in filters if (made := condition(frame, each)) is not None]
    return narwhals.from_native(native, eager_only=True).filter(*conditions).to_native() if conditions else native


def compare(frame: Frame, name: str, operator: Operator, value: Any) -> nw.Expr:
    """Return a condition on a column of a frame. Raises what `condition` does."""
    import narwhals as nw

    kind = frame.kinds[name]
    is_text = frame.has_text(name)
    column = frame.column(name).cast(nw.String) if is_text and kind in ('category', 'other') else frame.column(name)
    is_comparable = frame.has_order(name) or _is_of_missing(operator, value)
    if not is_comparable or (operator == 'CONTAINS' and not is_text):
        raise Unfit(f'the values of {name!r} are no texts')
    if operator == 'CONTAINS':
        return contains(name, kind, str(value))
    fit = _fit_for(frame, name)
    made: nw.Expr
    match operator:
        case 'IN':
            given = value if isinstance(value, list) else [value]
            made = column.is_in([fit(each) for each in given if each is not None])
            made = made | column.is_null() if None in given else made
        case 'EQ':
            made = column.is_null() if value is None else column == fit(value)
        case 'NE':
            made = ~column.is_null() if value is None else column != fit(value)
        case 'GT':
            made = column > fit(value)
        case 'LT':
            made = column < fit(value)
        case 'BT':
            made = _between(column, kind, value, fit)
    return made


def contains(name: str, kind: Kind, text: str) -> nw.Expr:
    """Return the condition that a column has a text, in upper or lower case."""
    import narwhals as nw

    column = nw.col(name) if kind == 'text' else nw.col(name).cast(nw.String)
    return column.str.to_lowercase().str.contains(text.lower(), literal=True)


def found_by(frame: Frame, search: Search) -> nw.Expr:
    """Return the condition that a row has the text of a search. Raises Unfit if no column can have it."""
    import narwhals as nw

    text = search.text.lower()
    searched = [
        each
        for each in frame.columns
        if (search.columns is None or each.name in search.columns) and frame.has_text(each.name)
    ]
    conditions = [contains(each.name, each.kind, text) for each in searched if _may_have(each.kind, text)]
    if not conditions:
        raise Unfit(f'no column can have {text!r} in it')
    return nw.any_horizontal(*conditions, ignore_nulls=True)


def _may_have(kind: Kind, text: str) -> bool:
    """Return whether the text of a value of that kind may have a text in it: numbers have no letters but `e`."""
    if kind in ('integer', 'decimal'):
        return _OF_NUMBERS.issuperset(text)
    if kind in ('date', 'datetime', 'time'):
        return _OF_MOMENTS.issuperset(text)
    return kind in ('text', 'category', 'boolean', 'other')


def _between(column: nw.Expr, kind: Kind, value: Any, fit: Callable[[Any], Any]) -> nw.Expr:
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise Unfit('BT takes two bounds')
    least, greatest = value
    bounds = [] if least is None else [column >= fit(least)]
    if greatest is not None and kind == 'datetime' and len(str(greatest)) == DATE_CHARACTERS:
        day = fit(greatest)
        if day.year < MAXYEAR:  # else everything is before its end
            bounds.append(column < day + timedelta(days=1))  # the whole day
    elif greatest is not None:
        bounds.append(column <= fit(greatest))
    both = bounds[0] & bounds[1] if len(bounds) == 2 else None
    return both if both is not None else bounds[0] if bounds else ~column.is_null()


def _is_of_missing(operator: Operator, value: Any) -> bool:
    """Return whether a condition is about missing values alone."""
    return operator in ('EQ', 'NE') and value is None


def _fit_for(frame: Frame, name: str) -> Callable[[Any], Any]:
    """Return the function that converts a value of a query to the type of a column."""
    convert: Callable[[Any], Any]
    match frame.kinds[name]:
        case 'integer' | 'decimal':
            convert = _number
        case 'boolean':
            convert = lambda value: value if isinstance(value, bool) else str(value).lower() == 'true'  # noqa: E731
        case 'datetime':
            zone = getattr(frame.data.schema[name], 'time_zone', None)
            convert = lambda value: _moment(value, zone)  # noqa: E731
        case 'date':
            convert = lambda value: date.fromisoformat(str(value)[:DATE_CHARACTERS])  # noqa: E731
        case 'time':
            convert = lambda value: time.fromisoformat(str(value))  # noqa: E731
        case 'duration':
            convert = _duration
        case _:
            convert = str

    def fit(value: Any) -> Any:
        try:
            return convert(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise Unfit(f'{value!r} is no value of the column {name!r}') from error

    return fit


def _number(value: Any) -> int | float:
    text = str(int(value)) if isinstance(value, (bool, int)) else str(value)
    number = int(text) if text.lstrip('+-').isdigit() else float(text)
    return number if -WIDEST < number < WIDEST else float(number)


def _moment(value: Any, zone: str | None) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if zone is None:
        return moment.replace(tzinfo=None)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))


def _duration(value: Any) -> timedelta:
    from pydantic import TypeAdapter

    return TypeAdapter(timedelta).validate_python(value)
