"""Components that show text."""

from __future__ import annotations

from typing import Any, Literal

from dara.components import _styled
from dara.components._styled import Container, Flag, StyledComponent


class Text(StyledComponent):
    """A piece of text, or the value of a variable.

    Args:
        text: what to show.
        formatted: keep line breaks and runs of spaces as they are.
    """

    text: _styled.Text
    formatted: Flag | None = None

    def __init__(self, text: Any, **props: Any) -> None:
        super().__init__(text=text, **props)


class Heading(StyledComponent):
    """A heading.

    Args:
        heading: what to show.
        level: 1 for the page's own, down to 6.
    """

    heading: _styled.Text
    level: Literal[1, 2, 3, 4, 5, 6] = 1

    def __init__(self, heading: Any, **props: Any) -> None:
        super().__init__(heading=heading, **props)


class Paragraph(Container):
    """Text and components that flow as one paragraph."""

    def __init__(self, *children: Any, **props: Any) -> None:
        super().__init__(*children, **props)
