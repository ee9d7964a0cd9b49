"""The people on a page."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dara.components._styled import StyledComponentInstance


class Presence(StyledComponentInstance):
    """The people on the page: their initials in their colours, and their names on hover. The user is first.

        Stack(Heading('Plan'), Presence(), direction='horizontal', justify='space-between')

    A person who leaves disappears within 5 seconds. In a layout, it shows the people on the page inside. The names are
    those of the app's auth config; guests have names such as 'Teal Otter'.

    Args:
        max: the maximum number of people; beyond it, a count of the others is shown.
    """

    max: Annotated[int, Field(ge=1, le=50)] = 5
