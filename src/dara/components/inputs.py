"""Components that change a variable, or run an action."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Literal

from pydantic import PrivateAttr, field_validator, model_validator

from dara.components._limits import Bound, check_limits, limits_of
from dara.components._styled import (
    Container,
    Dynamic,
    Flag,
    Number,
    Numbers,
    StyledComponentInstance,
    TextProp,
    TimeZone,
    Word,
)
from dara.components._type_limits import value_limits
from dara.components.items import Items
from dara.components.text import Icon, Text
from dara.core._ids import place_of
from dara.core.component import Actions, ComponentInstance, internal_prop, log_once
from dara.core.errors import InvalidProp
from dara.core.persistence import BrowserStore
from dara.core.variables import AnyVariable


class ButtonStyle(StrEnum):
    """The styles of a button; plain strings work as well."""

    PRIMARY = 'primary'
    SECONDARY = 'secondary'
    ERROR = 'error'
    GHOST = 'ghost'
    PLAIN = 'plain'


class Button(Container):
    """A button that runs an action.

        Button('Save', onclick=save(draft), icon='floppy-disk')

    Args:
        children: text, a variable or components; `text=` works as well.
        icon: the name of an icon before the text, or an `Icon`.
        onclick: the actions when the button is pressed, such as `variable.update(1)` or an `@action`.
        disabled: the button cannot be pressed.
        loading: show a loading indicator.
        styling: the style; if not given, `'primary'` for a button with text, `'plain'` for components alone.
        outline: colour only the outline.
        size: the size of the button.
        type: inside a `Form`, `'submit'` submits it, and `'reset'` discards what was entered. If not given, a button
            without `onclick` submits.
        stop_click_propagation: keep the click from a clickable component around the button. A link around it is
            followed in any case.
    """

    label: TextProp | None = internal_prop()  # made of `children`
    icon: ComponentInstance | None = None
    onclick: Actions | None = None
    disabled: Flag | None = None
    loading: Flag | None = None
    styling: ButtonStyle | Literal['primary', 'secondary', 'error', 'ghost', 'plain'] | None = None
    outline: bool | None = None
    size: Literal['xs', 'sm', 'md', 'lg', 'xl'] | None = None
    type: Literal['button', 'submit', 'reset'] | None = None
    stop_click_propagation: bool = True

    def __init__(self, *children: Any, **props: Any) -> None:
        given, icon = props.pop('text', None), props.get('icon')
        if isinstance(icon, str):
            props['icon'] = Icon(icon)
        match children if given is None else (*children, given):
            case (str() | int() | float() | AnyVariable() as label,):
                super().__init__(label=label, **props)
            case everything:
                if everything and not any(isinstance(child, (str, int, float, Text)) for child in everything):
                    props.setdefault('styling', ButtonStyle.PLAIN)
                super().__init__(*everything, **props)


class Field(StyledComponentInstance):
    """The base class of fields.

    Args:
        id: the member of a form's value that the field edits, if it has no variable of its own; `id_` if not given.
        label: the name of the field. A field without one is named for screen readers by its placeholder or the member
            that it edits; one without any name is reported when the app starts.
        description: an explanation of the field.
        onchange: the actions when the user has changed the field; `ctx.input` is the new value.
        disabled: the field cannot be changed.
        required: the field has to be filled in before its form is submitted; a checkbox has to be checked.
    """

    id: str | None = None
    label: Word | None = None
    description: Word | None = None
    onchange: Actions | None = None
    disabled: Flag | None = None
    required: bool | None = None
    limits: dict[str, Any] | None = internal_prop()  # made of the type of the store of `value`

    _unnamed_at: str | None = PrivateAttr(default=None)

    def __init__(self, **props: Any) -> None:
        super().__init__(**props)
        self.limits = value_limits(getattr(self, 'value', None)) or None
        if self._name is None:
            self._unnamed_at = place_of(self)

    def _check_place(self, enclosing: Sequence[ComponentInstance]) -> None:
        if self._unnamed_at is not None and not any(each._names_fields for each in enclosing):
            kind = type(self).__name__
            log_once(
                f"{kind} has no name, so screen readers call it {kind!r}. Give it a label='...', or a Label around it.",
                self._unnamed_at,
            )

    @property
    def _name(self) -> object:
        """The name for screen readers: the label, the placeholder, or the member that the field edits."""
        members = [step for step in getattr(getattr(self, 'value', None), 'path', ()) if isinstance(step, str)]
        names = (self.label, getattr(self, 'placeholder', None), self.id, *members[-1:])
        return next((name for name in names if name is not None), None)

    @property
    def _name_in_form(self) -> str | None:
        return self.id if self.id is not None else self.id_

    @property
    def _value_kind(self) -> str | None:
        """The kind of the values that are entered: `'text'`, `'number'`, `'moment'` or `'flag'`; `None` for any."""
        return None

    @property
    def _own_limits(self) -> dict[str, Any]:
        """The limits that the field declares, which the server checks in a form."""
        return limits_of(self)


class Input(Field):
    """A line of text, a number, a date or a time that the user can edit.

        Input(value=amount, type='number', label='Amount'), Input(value=day, type='date', label='Day')

    Args:
        value: a variable, updated with every keystroke. With `'number'` it holds a number, with `'date'` and `'time'`
            ISO strings such as `'2026-07-15'` and `'13:30'`, or both as `'2026-07-15T13:30:00+00:00'`; then only the
            shown part changes. An empty field of these types is null.
        type: `'text'`, `'number'`, `'date'`, `'time'`, `'password'`, `'email'` or another type of HTML inputs. With
            `'email'` and `'url'`, a text has to be such an address, as browsers require it.
        placeholder: shown while the field is empty.
        oncomplete: the actions when Enter is pressed, or the field is left after a change. If it is left by a click on
            a button with the same action, that runs once.
        onenter: the actions when Enter is pressed, unless the field shows a reason why its value is refused.
        min: the smallest number; the earliest date or time, as an ISO string.
        max: the greatest number; the latest date or time.
        step: the distance between numbers, counted from `min` or 0.
        min_length: the minimum number of characters.
        max_length: the maximum number of characters.
        pattern: a regular expression that the whole text has to match.
        pattern_message: the reason shown for a text that does not match it, such as `'Three letters, then a number.'`.
        suggestions: texts that can be chosen instead of typed, or a variable of such a list, such as a
            `DerivedVariable` of the text so far. Any other text can be typed.
        autofocus: focus the field as soon as the page shows it.
        timezone: the time zone in which a value with an offset is shown, such as `'Europe/Berlin'`; the user's own
            time zone if not given.
    """

    value: TextProp | None = None
    type: Literal['text', 'number', 'password', 'email', 'search', 'tel', 'url', 'date', 'time'] = 'text'
    placeholder: Word | None = None
    oncomplete: Actions | None = None
    onenter: Actions | None = None
    min: Bound | None = None
    max: Bound | None = None
    step: Number | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    pattern_message: str | None = None
    suggestions: list[str] | Dynamic | None = None
    autofocus: bool | None = None
    timezone: TimeZone | None = None

    @model_validator(mode='after')
    def _has_possible_limits(self) -> Input:
        check_limits(self, self._value_kind)
        if self.type == 'password' and isinstance(getattr(self.value, 'store', None), BrowserStore):
            raise InvalidProp('Input: a password must not be kept in the browser; use a variable without a store.')
        return self

    @property
    def _value_kind(self) -> str:
        return {'number': 'number', 'date': 'moment', 'time': 'moment'}.get(self.type, 'text')

    @property
    def _drawn_with(self) -> str:
        """The client's field for the type; each has its own code, so that pages load only what they use."""
        return {'number': 'NumberField', 'date': 'MomentField', 'time': 'MomentField'}.get(self.type, 'Input')


class Textarea(Field):
    """A multi-line text field.

    Args:
        value: a variable, updated with every keystroke.
        placeholder: shown while the field is empty.
        onenter: the actions when Enter is pressed, unless the field shows a reason why its value is refused;
            Shift+Enter begins a new line then.
        resize: the direction in which the user can resize the field.
        min_rows: the minimum number of lines.
        min_length: the minimum number of characters.
        max_length: the maximum number of characters.
        autofocus: focus the field as soon as the page shows it.
    """

    value: TextProp | None = None
    placeholder: Word | None = None
    onenter: Actions | None = None
    autofocus: bool | None = None
    resize: Literal['none', 'both', 'horizontal', 'vertical', 'block', 'inline'] | None = None
    min_rows: int | None = None
    min_length: int | None = None
    max_length: int | None = None

    @model_validator(mode='after')
    def _has_possible_limits(self) -> Textarea:
        check_limits(self, self._value_kind)
        return self

    @property
    def _value_kind(self) -> str:
        return 'text'


class Select(Field):
    """A choice among items.

        Select(items=[Item(label='Window', value=1), Item(label='Aisle', value=2)], value=seat)

    Args:
        value: a variable that holds the chosen item's value, a list of them with `multiselect`.
        items: strings, numbers, `Item`s, `ListSection`s, or dicts of either form; a variable of such a list. An item
            with the value None is chosen by None; without such an item, None chooses nothing.
        multiselect: several items can be chosen.
        searchable: the user can type to find an item.
        placeholder: shown while nothing is chosen.
        max_rows: the height of the field with `multiselect`, in rows of chosen items; further rows are scrolled.
        size: the size of the text, in rem.
    """

    items: Items
    value: TextProp | list[Any] | None = None
    multiselect: bool | None = None
    searchable: bool | None = None
    placeholder: Word | None = None
    max_rows: int = 3
    size: Number | None = None

    @property
    def _drawn_with(self) -> str:
        """The client's field for one or several items; each has its own code, so that pages load only what they use."""
        return 'MultiSelect' if self.multiselect else 'Select'


class Switch(Field):
    """A switch between true and false.

    Args:
        value: a variable that is true or false. In a form, one that nobody has touched counts as false.
    """

    value: Flag | None = None

    @property
    def _value_kind(self) -> str:
        return 'flag'


class Checkbox(Field):
    """A box that is checked or not.

        Checkbox(id='terms', label='I accept the terms', required=True)

    Args:
        value: a variable that is true or false. In a form, one that nobody has touched counts as false.
    """

    value: Flag | None = None

    @property
    def _value_kind(self) -> str:
        return 'flag'


class Slider(Field):
    """A number, or a range, on a scale. A button beside the value switches to a field for typing it.

    Args:
        value: a variable that holds a number, or two numbers for a range.
        domain: the two ends of the scale.
        step: the distance between the values, counted from the lower end. The upper end can always be chosen, even if
            the last step is shorter. If not given: 1 between integers, else at least 100 steps.
        ticks: numbers that are marked on the scale.
        rail_labels: the labels of the two ends.
        rail_from_start: colour the rail from its start to the first thumb; if not given, only for one number.
        rail_to_end: colour the rail from the last thumb to its end.
        thumb_labels: the labels of the thumbs.
        disable_input_alternative: omit the button that switches to a field.
    """

    domain: Numbers
    value: Number | Numbers | Dynamic | None = None
    step: Number | None = None
    ticks: Numbers | None = None
    rail_labels: list[str] | None = None
    rail_from_start: bool | None = None
    rail_to_end: bool = False
    thumb_labels: list[str] | None = None
    disable_input_alternative: bool = False

    @property
    def _value_kind(self) -> str:
        return 'number'

    @property
    def _own_limits(self) -> dict[str, Any]:
        low, high = (int(end) if float(end).is_integer() else end for end in self.domain)
        return {**super()._own_limits, 'min': low, 'max': high, 'step': None}

    @field_validator('domain')
    @classmethod
    def _has_two_ends(cls, domain: list[float]) -> list[float]:
        if len(domain) != 2 or domain[0] >= domain[1]:
            raise ValueError(f'takes two numbers, the smaller one first, not {domain!r}.')
        return domain
