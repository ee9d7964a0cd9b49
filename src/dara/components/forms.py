"""Forms: fields that are filled in and submitted together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import PrivateAttr, field_validator

from dara.components._styled import Container, Dynamic
from dara.components.inputs import Field
from dara.core.component import Actions, ComponentInstance, children_of
from dara.core.errors import InvalidProp
from dara.core.flow import For
from dara.core.variables import AnyVariable, Variable


class Form(Container):
    """Fields that are filled in and submitted together.

        person = Variable({'name': '', 'age': 30})
        Form(Input(id='name', label='Name'), Slider(id='age', domain=[0, 100]), value=person, onsubmit=save())

    A field without a variable of its own edits the member of the form's value that its `id` names, with every
    keystroke. With a shared variable, several people can fill in different fields at once. Enter in a line of text
    submits the form.

    Args:
        children: fields and other components, or only `FormPage`s.
        value: a variable that holds a dict; if not given, a variable of the tab with the values of the fields.
        onsubmit: the actions when the form is submitted; `ctx.input` is the whole value.
    """

    value: Dynamic | None = None
    onsubmit: Actions | None = None

    _has_own_value: bool = PrivateAttr(default=False)

    def __init__(self, *children: Any, **props: Any) -> None:
        super().__init__(*children, **props)
        if self.value is None:
            self.value = Variable(default=self._values)
            self._has_own_value = True
        else:
            _check_has_no_values(self._values)

    def append(self, component: Any) -> None:
        """Add a component after the others; a new field becomes part of the form's value."""
        super().append(component)
        if not self._has_own_value:
            _check_has_no_values(self._values)
        elif self.value is not None:
            self.value = Variable(default=self._values, uid=self.value.uid)

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


def _fields(parent: ComponentInstance) -> Iterator[Field]:
    """Yield the fields in `parent` that have no variable of their own, except in inner forms and items of a `For`."""
    for child in children_of(parent):
        if isinstance(child, Field):
            if not isinstance(getattr(child, 'value', None), AnyVariable):
                yield child
        elif not isinstance(child, (For, Form)):
            yield from _fields(child)


def _check_has_no_values(fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        if value is not None:
            raise InvalidProp(f'Form: its variable has the value of the field {name!r}; put {value!r} into that.')
