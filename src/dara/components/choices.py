"""Components for a choice among visible items."""

from __future__ import annotations

import itertools
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, model_validator
from pydantic import Field as Limited

from dara.components._styled import Dynamic, StyledComponentInstance, TextProp, TimeZone, Word
from dara.components.inputs import Field
from dara.components.items import Item, Items
from dara.components.layout import Direction
from dara.core._json import to_json
from dara.core.component import Actions, Child, ComponentInstance, internal_prop
from dara.core.errors import InvalidProp
from dara.core.variables import AnyVariable


class RadioGroup(Field):
    """A choice of one among items.

        RadioGroup(items=['first', 'second'], value=Variable('first'), direction='horizontal')

    Args:
        items: strings, numbers, `Item`s or dicts of that form; the label of a `RadioItem` may be a component.
        value: a variable that holds the chosen item's value.
        direction: vertical or horizontal.
        list_styling: highlight the whole line of a chosen item.
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
        value: a variable that holds the list of the chosen values, in the order of the items.
        select_max: the maximum number of chosen items; then the others are disabled.
        select_min: the minimum number; with fewer chosen, the variable does not change, and no action runs.
        direction: vertical or horizontal.
        list_styling: highlight the whole line of a chosen item.
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
    """The styles of a ButtonBar; plain strings work as well."""

    PRIMARY = 'primary'
    SECONDARY = 'secondary'


class ButtonBar(Field):
    """A choice of one among a few items, as buttons side by side.

        ButtonBar(items=[Item(label='Day', value=1), Item(label='Week', value=7)], value=Variable(7))

    Args:
        items: strings, numbers, `Item`s or dicts of that form; a variable of such a list.
        value: a variable that holds the chosen item's value.
        styling: `'primary'` colours the chosen item, `'secondary'` does not.
    """

    items: Items
    value: TextProp | list[Any] | dict[str, Any] | None = None
    styling: ButtonBarStyle | Literal['primary', 'secondary'] = 'primary'


class ComponentItem(StyledComponentInstance):
    """A card of a ComponentSelectList; it cannot be used elsewhere.

    Args:
        title: the title of the card, which is also the value of the choice.
        subtitle: shown below the title.
        component: shown in the card.
    """

    _part_of: ClassVar[str | None] = 'ComponentSelectList'

    title: str
    subtitle: Word | None = None
    component: Child | None = None


def _to_cards(items: list[Any]) -> list[ComponentItem]:
    cards = [ComponentItem(**item) if isinstance(item, dict) else item for item in items]
    titles = [card.title for card in cards if isinstance(card, ComponentItem)]
    if len(titles) < len(cards):
        raise ValueError("takes ComponentItem(title='one', component=Text('1')) or dicts of that form.")
    if len(set(titles)) < len(titles):
        raise ValueError(f'each card needs a title of its own, not {titles}.')
    return cards


class ComponentSelectList(StyledComponentInstance):
    """A choice of one or several among cards.

        ComponentSelectList(
            items=[
                ComponentItem(title='Garden', subtitle='Two rooms', component=Image('/static/garden.png')),
                ComponentItem(title='Lake', subtitle='One room', component=Image('/static/lake.png')),
            ],
            selected_items=Variable('Lake'),
        )

    Args:
        items: `ComponentItem`s or dicts of that form, each with a title of its own.
        selected_items: a variable that holds the title of the chosen card; with `multi_select`, the list of the titles
            in the order of the cards.
        items_per_row: the maximum number of cards side by side; where there is little room, there are fewer.
        multi_select: several cards can be chosen.
        on_select: the actions when the user has chosen; `ctx.input` is the new value.
    """

    items: Annotated[list[Any], AfterValidator(_to_cards)]
    selected_items: str | list[str] | Dynamic | None = None
    items_per_row: int = Limited(default=3, ge=1)
    multi_select: bool = False
    on_select: Actions | None = None


class Datepicker(Field):
    """A date, or a range of dates, picked from a calendar.

        Datepicker(value=Variable('2026-07-01'), label='Start', min_date='2026-01-01')

    Month and year are chosen above the days: the years between `min_date` and `max_date`, or else from 100 years ago.
    Without a value, it opens at the present month, or at the limit that is nearest. To type a date, as most people do
    with their birthday, use `Input(type='date')`.

    Args:
        value: a variable that holds a date in ISO format, `'2026-07-01'`, with `enable_time` `'2026-07-01T13:30:00'`;
            with `range` a list of two, the second of which is null while the range is being picked. Without a date it
            is null, also with `range`: `start, end = value or (None, None)`. Parts that are not shown, such as a time,
            an offset or fractions of a second, are preserved.
        range: two dates instead of one.
        enable_time: also a time of the day; not together with `range`.
        date_format: the format of the shown date, such as `'dd/MM/yyyy'`; the value keeps its own.
        min_date: the first day that can be picked, as a date or ISO string.
        max_date: the last one.
        select_close: close the calendar when a date was picked.
        placeholder: shown while there is no date.
        timezone: the time zone in which a value with an offset is shown, such as `'Europe/Berlin'`; the user's own
            time zone if not given.
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

    @property
    def _value_kind(self) -> str:
        return 'moment'

    @property
    def _own_limits(self) -> dict[str, Any]:
        ends = {'min': self.min_date, 'max': self.max_date}
        known = {
            name: to_json(end) for name, end in ends.items() if end is not None and not isinstance(end, AnyVariable)
        }
        days = {name: end[: len('2026-07-15')] for name, end in known.items() if isinstance(end, str)}
        return {**super()._own_limits, 'type': 'date', **days}
