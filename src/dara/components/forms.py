"""Forms: fields that are filled in and submitted together."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import PrivateAttr, field_validator

from dara.components._form_check import FormCheck
from dara.components._styled import Container, Dynamic, Word
from dara.components._type_limits import member_defaults, member_limits
from dara.components.inputs import Button, Field, Input
from dara.core._effects import Action, CallAction
from dara.core._ids import place_of
from dara.core.component import Actions, ComponentInstance, children_of, internal_prop, log_once
from dara.core.errors import InvalidProp
from dara.core.flow import For
from dara.core.persistence import BrowserStore
from dara.core.variables import AnyVariable, Variable


class Form(Container):
    """Fields that are filled in and submitted together.

        person = Variable({'name': '', 'age': 30})
        Form(Input(id='name', label='Name'), Slider(id='age', domain=[0, 100]), value=person, onsubmit=save())

    A field without a variable of its own edits the member of the form's value that its `id` names, with every
    keystroke. With a shared variable, several people can fill in different fields at once. Enter in a line of text
    submits the form, and so does a button without `onclick` in it; a form without one draws its own.

    With `saves`, the fields edit a draft, which the tab keeps, and submitting saves it:

        profile = Variable(store=BackendStore(type=Profile, scope='user'))
        Form(Input(id='name', label='Name'), saves=profile, submit_label='Save')

    It begins with what is saved. The button is disabled while nothing is changed, and the browser warns who leaves the
    page with changes that are not saved. Only changed members are saved: others keep what other people have saved.

    When the form is submitted, each field that does not meet its limits shows the reason: its own, such as `required`,
    and those of the `type` of the store. What the server refuses is shown at the field, too: by that type, or by an
    `InvalidValue`, a `ValueError` or a validation error of pydantic that an action of `onsubmit` raises.

    Args:
        children: fields and other components, or only `FormPage`s.
        value: a variable that holds a dict; if not given, a variable of the tab with the values of the fields.
        saves: a variable to which the value is saved when the form is submitted; not together with `value`.
        onsubmit: the actions when the form is submitted, after it is saved; `ctx.input` is the whole value.
        submit_label: the text of the button that the form draws; 'Submit' if not given.
    """

    value: Dynamic | None = None
    saves: Dynamic | None = None
    onsubmit: Actions | None = None
    submit_label: Word | None = None
    limits: dict[str, Any] | None = internal_prop()  # made of the type of `value` or `saves`
    defaults: dict[str, Any] | None = internal_prop()  # made of the type of `saves`
    has_button: bool | None = internal_prop()  # made of `children`

    _has_own_value: bool = PrivateAttr(default=False)

    def __init__(self, *children: Any, **props: Any) -> None:
        super().__init__(*children, **props)
        if self.saves is not None and self.value is not None:
            raise InvalidProp('Form: value and saves cannot be combined: with saves, the value is a draft of the tab.')
        self.limits = member_limits(self.value if self.saves is None else self.saves) or None
        self.defaults = member_defaults(self.saves) or None
        self._has_own_value = self.value is None
        self._adapt()
        if self.onsubmit is None and self.saves is None and (self.submit_label is not None or self.has_button):
            what = 'its button' if self.has_button else 'submit_label draws no button, since submitting'
            log_once(f'Form: {what} does nothing without onsubmit or saves.', place_of(self))
        if self.saves is not None and _has_password(self):
            log_once(
                'Form: saves stores a password as it was typed, and sends it back to the page; '
                'leave saves out, and store a hash of it in an action of onsubmit.',
                place_of(self),
            )

    def append(self, component: Any) -> None:
        """Add a component after the others; a new field becomes part of the form's value."""
        super().append(component)
        self._adapt()

    def _adapt(self) -> None:
        """Adapt the form's value and its button to the children."""
        self.has_button = any(_submits(child) for child in _inside(self)) or None
        if self._has_own_value:
            self.value = Variable(default=self._values, uid=None if self.value is None else self.value.uid)
        else:
            _check_has_no_values(self._values)
            _check_keeps_no_password(self)
        self.onsubmit = None if self.onsubmit is None else tuple(self._checked(action) for action in self.onsubmit)

    def _checked(self, action: Action) -> Action:
        """Return an action that gets only values that meet the limits of the fields."""
        if not isinstance(action, CallAction) or self.value is None:
            return action
        return dataclasses.replace(action, check=FormCheck(self, self.value, Form))

    @property
    def _values(self) -> dict[str, Any]:
        """The values of the fields, by their names."""
        named = {field._name_in_form: getattr(field, 'value', None) for field in _fields(self)}
        return {name: value for name, value in named.items() if name is not None}

    @field_validator('children')
    @classmethod
    def _are_pages_or_not(cls, children: list[ComponentInstance]) -> list[ComponentInstance]:
        if len({isinstance(child, FormPage) for child in children}) > 1:
            raise ValueError('takes FormPages or other components, not both; put the others on a page.')
        return children


class FormPage(Container):
    """A page of a Form, which shows one page at a time.

        Form(FormPage(Input(id='name'), title='You'), FormPage(Textarea(id='story'), title='Your story'))

    Args:
        children: fields and other components.
        title: shown above the children.
        id: the `id` of its element in the page, as `id_`.
    """

    _part_of: ClassVar[str | None] = 'Form'

    title: str | None = None
    id: str | None = None

    def __init__(self, *children: Any, **props: Any) -> None:
        super().__init__(*children, **props)
        self.id_ = self.id_ or self.id

    @field_validator('children')
    @classmethod
    def _are_no_pages(cls, children: list[ComponentInstance]) -> list[ComponentInstance]:
        if any(isinstance(child, FormPage) for child in children):
            raise ValueError('takes fields and other components; a page cannot be on another page.')
        return children


def _inside(parent: ComponentInstance) -> Iterator[ComponentInstance]:
    """Yield the components in `parent`, except those in inner forms and the items of a `For`."""
    for child in children_of(parent):
        yield child
        if not isinstance(child, (For, Form)):
            yield from _inside(child)


def _fields(parent: ComponentInstance) -> Iterator[Field]:
    """Yield the fields in `parent` that have no variable of their own, except where `_inside` does not look."""
    for child in _inside(parent):
        if isinstance(child, Field) and not isinstance(getattr(child, 'value', None), AnyVariable):
            yield child


def _submits(component: ComponentInstance) -> bool:
    if not isinstance(component, Button):
        return False
    return component.type == 'submit' or (component.type is None and component.onclick is None)


def _check_has_no_values(fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        if value is not None:
            raise InvalidProp(f'Form: its variable has the value of the field {name!r}; put {value!r} into that.')


def _check_keeps_no_password(form: Form) -> None:
    if isinstance(getattr(form.value, 'store', None), BrowserStore) and _has_password(form):
        raise InvalidProp('Form: a password must not be kept in the browser; use a variable without a store.')


def _has_password(form: Form) -> bool:
    return any(isinstance(field, Input) and field.type == 'password' for field in _fields(form))
