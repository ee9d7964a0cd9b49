"""Components that offer a choice, all of it in sight."""

from __future__ import annotations

import itertools
from enum import StrEnum
from typing import Any, Literal

from pydantic import model_validator

from dara.components._styled import Dynamic, TextProp, TimeZone, Word
from dara.components.inputs import Field
from dara.components.items import Item, Items
from dara.components.layout import Direction
from dara.core.component import ComponentInstance, internal_prop
from dara.core.errors import InvalidProp


class RadioGroup(Field):
    """A choice of one among items.

        RadioGroup(items=['first', 'second'], value=Variable('first'), direction='horizontal')

    Args:
        items: strings, numbers, `Item`s or dicts of that form; the label of a `RadioItem` may be a component.
        value: a variable that holds the chosen item's value.
        direction: below one another, or side by side.
        list_styling: mark the whole line of what is chosen.
    """

    items: Items
    value: TextProp | list[Any] | dict[str, Any] | None = None
    direction: Direction | Literal['vertical', 'horizontal'] = 'vertical'
    list_styling: bool | None = None
    labels: list[ComponentInstance] | None = internal_prop()  # made of `items`

    def __init__(self, **props: Any) -> None:
        items = props.get('items')
        if isinstance(items, (list, tuple)):
            labels = [item.label for item in items if _has_drawn_label(item)]
            slots = itertools.count()
            props['items'] = [_in_slot(each, next(slots)) if _has_drawn_label(each) else each for each in items]
            props['labels'] = labels or None
        super().__init__(**props)


def _in_slot(item: Item, slot: int) -> dict[str, Any]:
    return {'value': item.value, 'label': '', 'slot': slot}


def _has_drawn_label(item: Any) -> bool:
    return isinstance(item, Item) and isinstance(item.label, ComponentInstance)


class CheckboxGroup(Field):
    """A choice of several among items.

        CheckboxGroup(items=['Mon', 'Tue', 'Wed'], value=Variable(['Tue']), select_max=2)

    Args:
        items: strings, numbers, `Item`s or dicts of that form; a variable of such a list.
        value: a variable that holds the list of what is chosen, in the order of the items.
        select_max: how many can be chosen at most; then the others cannot be used.
        select_min: with fewer chosen the variable stays as it is, and nothing runs.
        direction: below one another, or side by side.
        list_styling: mark the whole line of what is chosen.
    """

    items: Items
    value: list[Any] | Dynamic | None = None
    select_max: int | None = None
    select_min: int | None = None
    direction: Direction | Literal['vertical', 'horizontal'] = 'vertical'
    list_styling: bool | None = None

    @model_validator(mode='after')
    def _can_be_met(self) -> CheckboxGroup:
        if self.select_min is not None and self.select_max is not None and self.select_min > self.select_max:
            raise InvalidProp(
                f'CheckboxGroup: select_min is {self.select_min}, more than select_max, {self.select_max}.'
            )
        return self


class ButtonBarStyle(StrEnum):
    """How a ButtonBar looks; the plain strings will do, too."""

    PRIMARY = 'primary'
    SECONDARY = 'secondary'


class ButtonBar(Field):
    """A choice of one among a few items, as buttons side by side.

        ButtonBar(items=[Item(label='Day', value=1), Item(label='Week', value=7)], value=Variable(7))

    Args:
        items: strings, numbers, `Item`s or dicts of that form; a variable of such a list.
        value: a variable that holds the chosen item's value.
        styling: `'primary'` colours what is chosen, `'secondary'` does not.
    """

    items: Items
    value: TextProp | list[Any] | dict[str, Any] | None = None
    styling: ButtonBarStyle | Literal['primary', 'secondary'] = 'primary'


class Datepicker(Field):
    """A date, or a range of dates, picked from a calendar.

        Datepicker(value=Variable('2026-07-01'), label='Start', min_date='2026-01-01')

    Args:
        value: a variable that holds a date in ISO format, `'2026-07-01'`, with `enable_time` `'2026-07-01T13:30:00'`;
            with `range` a list of two, the second of which is null while the range is being picked. What is not shown,
            such as a time, an offset or fractions of a second, stays as it is.
        range: two dates instead of one.
        enable_time: a time of the day, too; not together with `range`.
        date_format: how the date is shown, such as `'dd/MM/yyyy'`; the value stays as it is.
        min_date: the first day that can be picked, a date or ISO text.
        max_date: the last one.
        select_close: close the calendar when a date was picked.
        placeholder: shown while there is no date.
        timezone: where clocks show the date and the time of a value with an offset, such as `'Europe/Berlin'`; the
            user's own time zone if not given.
    """

    value: Any | None = None
    range: bool | None = None
    enable_time: bool | None = None
    date_format: str | None = None
    min_date: Any | None = None
    max_date: Any | None = None
    select_close: bool = True
    placeholder: Word | None = None
    timezone: TimeZone | None = None

    @model_validator(mode='after')
    def _is_one_of_both(self) -> Datepicker:
        if self.range and self.enable_time:
            raise InvalidProp('Datepicker: range and enable_time cannot be combined; use two Datepickers.')
        return self
