"""Components that arrange others."""

from __future__ import annotations

from typing import Any, Literal

from dara.components import _styled
from dara.components._styled import Container, Flag, Word


class Stack(Container):
    """Puts its children below one another, or side by side; side by side they wrap where it is narrow.

    Args:
        direction: `'vertical'` or `'horizontal'`.
        collapsed: hide the children.
        scroll: scroll what does not fit.
        wrap: let horizontal children wrap onto another line.
    """

    direction: Literal['vertical', 'horizontal'] = 'vertical'
    collapsed: Flag | None = None
    scroll: bool | None = None
    wrap: bool | None = None

    def __init__(self, *children: Any, **props: Any) -> None:
        super().__init__(*children, **props)


class Card(Container):
    """A framed box.

    Args:
        title: shown above the children.
        subtitle: shown below the title.
        accent: set it off from the others.
    """

    title: _styled.Text | None = None
    subtitle: _styled.Text | None = None
    accent: Word | bool | None = None

    def __init__(self, *children: Any, **props: Any) -> None:
        super().__init__(*children, **props)
