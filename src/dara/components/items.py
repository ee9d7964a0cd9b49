"""The items of components that offer a choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator

from dara.components._styled import Dynamic
from dara.core._json import to_json
from dara.core.errors import InvalidProp, NotJson


@dataclass(frozen=True, slots=True)
class ItemBadge:
    """A small coloured mark beside an item.

    Args:
        label: the text of the badge.
        color: of the theme, such as `'orange'`, or of CSS.
    """

    label: str
    color: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a choice: its label, and the value that the variable gets.

        Select(items=[Item(label='Window', value=1), Item(label='Aisle', value=2)], value=seat)

    Args:
        value: anything that `to_json` takes.
        label: the text of the item.
        badge: a mark beside the item.
        image: the address of a picture beside the item.
    """

    value: Any
    label: Any
    badge: ItemBadge | None = None
    image: str | None = None

    @staticmethod
    def to_item(item: Any) -> Item:
        """Return an item as it is, a dict as an item, and any other value as an item that it is the label of, too.

        Raises:
            InvalidProp: a dict has no label or no value, or has unknown members.
        """
        if isinstance(item, Item):
            return item
        if not isinstance(item, Mapping):
            return Item(value=item.value if isinstance(item, Enum) else item, label=str(item))
        try:
            return Item(**{**item, 'label': str(item['label'])})
        except (KeyError, TypeError):
            raise InvalidProp(f"Item: takes a dict such as {{'label': 'one', 'value': 1}}, not {item!r}.") from None


class RadioItem(Item):
    """An item of a RadioGroup; its label may be a component."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ListSection:
    """Items under a heading.

        Select(items=[ListSection(label='Warm', items=['Soup']), ListSection(label='Cold', items=['Salad'])])

    Args:
        label: the heading.
        items: strings, numbers, `Item`s or dicts.
    """

    label: str
    items: list[Any]


def _to_items(given: Any) -> Any:
    """Convert items to the client's form: a dict, or a plain value that is its own label."""
    if hasattr(given, 'tolist'):  # an array of NumPy, a Series of pandas
        given = list(given)
    return [_to_item(item) for item in given] if isinstance(given, (list, tuple)) else given


def _to_item(item: Any) -> Any:
    match item:
        case ListSection():
            return {'label': item.label, 'items': _to_items(item.items)}
        case Item():
            members = {'label': item.label, 'value': item.value, 'badge': item.badge, 'image': item.image}
            return _to_dict({name: member for name, member in members.items() if name == 'value' or member is not None})
        case Enum():
            return _to_item(item.value)
        case dict() if 'items' in item:
            return {**item, 'items': _to_items(item['items'])}
        case dict() if 'label' in item and 'value' in item:
            return _to_dict(item)
        case str() | int() | float():
            return item
    try:
        plain = to_json(item)
    except NotJson:
        plain = None
    if isinstance(plain, (str, int, float)):
        return plain
    raise ValueError(f"takes strings, numbers, Item(label='one', value=1) or dicts of that form, not {item!r}.")


def _to_dict(members: dict[str, Any]) -> Any:
    return to_json({**members, 'label': str(members['label'])})


Items: TypeAlias = Annotated[list[Any] | Dynamic, BeforeValidator(_to_items)]
