"""Pages and the addresses that they are found at."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from dara.core.component import ComponentInstance
from dara.core.errors import InvalidDefinition

Content: TypeAlias = ComponentInstance | Callable[[], ComponentInstance]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the app: its name in the navigation, its address, and what it shows."""

    name: str
    route: str
    content: Content
    icon: str | None = None

    def render(self) -> ComponentInstance:
        """Return the component that the page consists of."""
        content = self.content if isinstance(self.content, ComponentInstance) else self.content()
        if not isinstance(content, ComponentInstance):
            raise InvalidDefinition(f'Page {self.name!r}: content must be a component, not {content!r}')
        return content


def route_of(name: str, route: str | None) -> str:
    """Return the address of a page: `route`, or one made of its name. It begins with a slash."""
    if route is not None:
        return '/' + route.strip('/')
    return '/' + re.sub(r'[^\w]+', '-', name.strip().lower()).strip('-')
