"""Components that frame pages, and links between pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from dara.core.component import Children, ComponentInstance, as_list, internal_prop
from dara.core.errors import InvalidDefinition
from dara.core.flow import For, Match
from dara.core.variables import AnyVariable

Dynamic: TypeAlias = AnyVariable[Any]
Css: TypeAlias = dict[str, str | int | float] | str


@dataclass(frozen=True)
class RouterPath:
    """An address with parameters, which may be variables: `RouterPath('/users/:id', params={'id': chosen})`.

    Args:
        pathname: the address, with parameters as `:name`, and `*` for the parameter `splat`.
        params: the values of the parameters.
    """

    pathname: str
    params: Mapping[str, str | int | float | Dynamic] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = {_parameter(segment) for segment in self.pathname.split('/')} - {None}
        unknown = sorted(set(self.params) - {str(name) for name in names})
        if unknown:
            raise InvalidDefinition(f'RouterPath {self.pathname!r} has no parameter {unknown[0]!r}')


def _parameter(segment: str) -> str | None:
    if segment == '*':
        return 'splat'
    return segment[1:].removesuffix('?') if segment.startswith(':') else None


class _PathParameter(ComponentInstance):
    """The value of a parameter in a link's address."""

    name: str
    value: str | int | float | Dynamic


class Outlet(ComponentInstance):
    """The position of the page in a layout."""


class Link(ComponentInstance):
    """A link to another page of the app, or to another site.

    Args:
        children: text or components.
        to: an address such as `'/notes/42'`, a variable that holds one, or a `RouterPath`.
        active_css: the style of the link while its page is on show.
        inactive_css: the style otherwise.
        prefetch: fetch the page as soon as the pointer or the focus is on the link.
        end: whether the link is active only on its own page, and not on pages below it.
        new_tab: open the page in a new tab.
    """

    children: Children
    to: str | Dynamic
    active_css: Css | None = None
    inactive_css: Css | None = None
    prefetch: bool | None = None
    end: bool | None = None
    new_tab: bool | None = None
    align: str | Dynamic | None = None
    background: str | Dynamic | None = None
    bold: bool | Dynamic | None = None
    color: str | Dynamic | None = None
    font_size: float | str | Dynamic | None = None
    gap: float | str | Dynamic | None = None
    justify: str | Dynamic | None = None
    margin: float | str | Dynamic | None = None
    padding: float | str | Dynamic | None = None
    raw_css: Css | None = None
    width: float | str | Dynamic | None = None
    params: list[ComponentInstance] | None = internal_prop()  # made of `to`

    def __init__(self, *children: Any, to: str | Dynamic | RouterPath, **props: Any) -> None:
        given = [*children, *as_list(props.pop('children', None))]
        if isinstance(to, RouterPath):
            props['params'] = [_PathParameter(name=name, value=value) for name, value in to.params.items()]
            to = to.pathname
        super().__init__(children=given, to=to, **props)


class MenuLink(Link):
    """A link in the menu of a `SideBarFrame` or `TopBarFrame`. It prefetches its page.

    Args:
        icon: the name of an icon.
    """

    icon: str | None = None

    def __init__(self, *children: Any, to: str | Dynamic | RouterPath, **props: Any) -> None:
        super().__init__(*children, to=to, **{'prefetch': True, **props})


class SideBarFrame(ComponentInstance):
    """A frame with a bar at the side, which becomes a drawer in narrow windows.

    Args:
        content: the components beside the bar, usually an `Outlet`.
        side_bar: the components in the bar, such as `MenuLink`s.
        side_bar_width: the width of the bar.
        side_bar_padding: the padding of the bar.
        hide_logo: omit the app's title.
        logo_path: the address of a picture that replaces the title.
    """

    content: Children
    side_bar: Children | None = None
    side_bar_width: float | str | None = None
    side_bar_padding: float | str | None = None
    hide_logo: bool | None = None
    logo_path: str | None = None


class TopBarFrame(ComponentInstance):
    """A frame with a bar at the top.

    Args:
        content: the components below the bar, usually an `Outlet`.
        top_bar: the components in the bar, such as `MenuLink`s.
        top_bar_height: the height of the bar.
        top_bar_padding: the padding of the bar.
        hide_logo: omit the app's title.
        logo_path: the address of a picture that replaces the title.
    """

    content: Children
    top_bar: Children | None = None
    top_bar_height: float | str | None = None
    top_bar_padding: float | str | None = None
    hide_logo: bool | None = None
    logo_path: str | None = None


class Placeholder(ComponentInstance):
    """A placeholder of content that is being loaded; it appears only if that takes a while."""


class Fallback:
    """Placeholders for content that is being loaded; any other component can be used as well."""

    @staticmethod
    def Default() -> ComponentInstance:  # noqa: N802  # named by the public API
        """Return a grey placeholder for a component or a page."""
        return Placeholder()

    @staticmethod
    def Row() -> ComponentInstance:  # noqa: N802
        """Return a grey placeholder for a line."""
        return Placeholder()

    @staticmethod
    def Custom(component: ComponentInstance) -> ComponentInstance:  # noqa: N802
        """Return `component`."""
        return component


__all__ = ['Fallback', 'For', 'Link', 'Match', 'MenuLink', 'Outlet', 'RouterPath', 'SideBarFrame', 'TopBarFrame']

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        from dara.core._documented import absence  # long, and needed for errors only

        raise absence(__name__, name)
