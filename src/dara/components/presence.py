"""The people on a page, or of a value."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from dara.components._styled import StyledComponentInstance
from dara.core.errors import InvalidProp
from dara.core.persistence.stores import store_of
from dara.core.variables import AnyVariable


class Presence(StyledComponentInstance):
    """The people on the page: their initials in their colours, and their names on hover. The user is first.

        Stack(Heading('Plan'), Presence(), direction='horizontal', justify='space-between')
        Presence(of=messages)  # those in the same room, or of the same scope

    A person who leaves disappears within 5 seconds. In a layout, it shows the people on the page inside. The names are
    those of the app's auth config; guests have names such as 'Teal Otter'.

    Args:
        of: a variable with a `BackendStore`: only the people who see the same value are shown, on any page with such a
            `Presence`. If the store has rooms, or a `scope`, these are the people in the room, or of the scope.
        max: the maximum number of people; beyond it, a count of the others is shown.

    Raises:
        InvalidProp: `of` has no `BackendStore`.
    """

    of: AnyVariable[Any] | None = None
    max: Annotated[int, Field(ge=1, le=50)] = 5

    def __init__(self, of: Any = None, **props: Any) -> None:
        super().__init__(of=of, **props)
        if self.of is not None and store_of(self.of) is None:
            raise InvalidProp(
                f'Presence: of={self.of!r} is shared by nobody, since it has no BackendStore. Give a variable that '
                'has one, or leave out `of` for the people on the page.'
            )
