"""Who else is here."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dara.components._styled import StyledComponent


class Presence(StyledComponent):
    """Who is on the page: the initials of each, in their colour; their names are shown on hover. You come first.

        Stack(Heading('Plan'), Presence(), direction='horizontal', justify='space-between')

    Whoever leaves is gone within 5 seconds. In a layout it shows who is on the page inside. The names are those that
    the app's auth config gives; guests are called 'Teal Otter', and so on.

    Args:
        max: how many are shown at most; a last one says how many more there are.
    """

    max: Annotated[int, Field(ge=1, le=50)] = 5
