"""Components that show one of their parts at a time."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import field_validator

from dara.components._styled import Container, Dynamic, StyledComponentInstance, Word, append, pop
from dara.components.items import ItemBadge
from dara.core.component import Actions, Child, ComponentInstance


class Tab(Container):
    """A tab of a TabbedCard; it cannot be used elsewhere.

    Args:
        children: shown while the tab is selected.
        title: the title of the tab.
    """

    _part_of: ClassVar[str | None] = 'TabbedCard'

    title: str

    def __init__(self, *children: Any, **props: Any) -> None:
        super().__init__(*children, **props)


class TabbedCard(Container):
    """A card with tabs, of which one is selected.

        TabbedCard(Tab(Text('one'), title='Tab 1'), Tab(Text('two'), title='Tab 2'), selected_tab=Variable('Tab 2'))

    Args:
        children: `Tab`s, each with a title of its own.
        selected_tab: a variable that holds the title of the selected tab. Any other value selects the first tab.
        initial_tab: the title of the tab that is selected at first, if there is no such variable.
    """

    _hides_parts: ClassVar[bool] = True

    selected_tab: Word | None = None
    initial_tab: str | None = None

    def __init__(self, *tabs: Any, **props: Any) -> None:
        super().__init__(*tabs, **props)

    @field_validator('children')
    @classmethod
    def _are_tabs(cls, children: list[ComponentInstance]) -> list[ComponentInstance]:
        titles = [child.title for child in children if isinstance(child, Tab)]
        if not titles or len(titles) < len(children):
            raise ValueError("takes tabs, such as Tab(Text('one'), title='Tab 1').")
        if len(set(titles)) < len(titles):
            raise ValueError(f'each tab needs a title of its own, not {titles}.')
        return children


class AccordionItem(StyledComponentInstance):
    """A part of an Accordion; it cannot be used elsewhere.

    Args:
        label: text or a component, always visible.
        content: a component, visible while the part is open.
        badge: a mark beside the label.
    """

    _part_of: ClassVar[str | None] = 'Accordion'

    label: str | int | float | Dynamic | ComponentInstance
    content: Child | None = None
    badge: ItemBadge | None = None

    def __init__(self, *, label: Any, content: Any = None, **props: Any) -> None:
        super().__init__(label=label, content=content, **props)


class Accordion(StyledComponentInstance):
    """Parts in a column that open and close.

        Accordion(items=[AccordionItem(label='Why', content=Text('Because')), AccordionItem(label='How')], value=[0])

    Args:
        items: at least one `AccordionItem`.
        value: the index of the open part, or a list of indexes; a variable of either.
        multi: several parts can be open at once.
        onchange: the actions when a part was opened or closed; `ctx.input` is the new value.
        initial: the index or indexes of the parts that are open at first, if there is no `value`.
    """

    items: list[AccordionItem]
    value: int | list[int] | Dynamic | None = None
    initial: int | list[int] | None = 0
    multi: bool = True
    onchange: Actions | None = None

    def append(self, item: AccordionItem) -> None:
        """Add a part after the others.

        Raises:
            InvalidProp: it is no AccordionItem.
        """
        append(self, 'items', item)

    def pop(self) -> ComponentInstance:
        """Remove the last part, and return it.

        Raises:
            IndexError: there is none.
        """
        return pop(self, 'items')

    @field_validator('items')
    @classmethod
    def _has_a_part(cls, items: list[AccordionItem]) -> list[AccordionItem]:
        if not items:
            raise ValueError('takes at least one AccordionItem.')
        return items
