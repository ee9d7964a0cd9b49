"""Components that show above the page."""

from __future__ import annotations

from typing import Any, Literal

from dara.components._styled import Container, Dynamic, Word
from dara.core.component import Actions, ComponentInstance


class Tooltip(Container):
    """Explains what is in it, while the pointer or the focus is there.

        Tooltip(Button('Send'), content='To everybody in the room', placement='bottom')

    Args:
        children: what is explained.
        content: text, a variable or a component.
        placement: on which side it shows: `'auto'`, `'top'`, `'bottom'`, `'left'` or `'right'`.
        styling: `'default'` or `'error'`.
    """

    content: str | int | float | ComponentInstance | Dynamic
    placement: Literal['auto', 'top', 'bottom', 'left', 'right'] = 'auto'
    styling: Literal['default', 'error'] = 'default'

    def __init__(self, *children: Any, **props: Any) -> None:
        super().__init__(*children, **props)


class Modal(Container):
    """A dialog above the page, which is out of reach until it is closed.

        Modal(Text('Really?'), Button('Yes', onclick=asked.update(False)), show=asked, title='Delete')

    Args:
        children: what is in it.
        show: a variable that is true while it shows. Escape and a click beside it make it false.
        title: names it, above the children.
        on_attempt_close: what to do instead when the user wants to close it; it may leave it open.
        on_closed: what to do when it has closed.
    """

    show: Dynamic
    title: Word | None = None
    on_attempt_close: Actions | None = None
    on_closed: Actions | None = None

    def __init__(self, *children: Any, **props: Any) -> None:
        super().__init__(*children, **props)
