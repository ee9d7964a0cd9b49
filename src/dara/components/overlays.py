"""Components above the page."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from dara.components._styled import Container, Dynamic, Word
from dara.core.component import Actions, ComponentInstance


class Tooltip(Container):
    """An explanation of its children, shown while the pointer or the focus is on them.

        Tooltip(Button('Send'), content='To everybody in the room', placement='bottom')

    Args:
        children: the explained components.
        content: text, a variable or a component.
        placement: the side on which it shows: `'auto'`, `'top'`, `'bottom'`, `'left'` or `'right'`.
        styling: `'default'` or `'error'`.
    """

    content: str | int | float | ComponentInstance | Dynamic
    placement: Literal['auto', 'top', 'bottom', 'left', 'right'] = 'auto'
    styling: Literal['default', 'error'] = 'default'

    def __init__(self, *children: Any, **props: Any) -> None:
        super().__init__(*children, **props)


class Modal(Container):
    """A dialog above the page, which blocks the page until it is closed.

        Modal(Text('Really?'), Button('Yes', onclick=asked.update(False)), show=asked, title='Delete')

    Args:
        children: the content of the dialog.
        show: a variable that is true while the dialog is open. Escape and a click beside it set it to false.
        title: shown above the children.
        on_attempt_close: the actions when the user tries to close the dialog, which then stays open.
        on_closed: the actions when the dialog has closed.
    """

    _hides_parts: ClassVar[bool] = True

    show: Dynamic
    title: Word | None = None
    on_attempt_close: Actions | None = None
    on_closed: Actions | None = None

    def __init__(self, *children: Any, **props: Any) -> None:
        super().__init__(*children, **props)
