"""Components that frame pages, and links between pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from dara.core._absent import import_when_used
from dara.core.component import Children, ComponentInstance, Css, ErrorHandlingConfig, as_list, internal_prop
from dara.core.errors import InvalidDefinition
from dara.core.flow import For, Match
from dara.core.visual.fallbacks import BaseFallback, Fallback, ProgressTracker
from dara.core.visual.styled import Dynamic, StyledComponentInstance

if TYPE_CHECKING:
    from dara.core.visual.theming import ThemeProvider


@dataclass(frozen=True)
class RouterPath:
    """An address with parameters, which may be variables: `RouterPath('/users/:id', params={'id': chosen})`.

    Args:
        pathname: the path, with parameters as `:name`, and `*` for the parameter `splat`; the present path if not
            given.
        search: the query, such as `'?year=2026'`.
        hash: the fragment, such as `'#end'`.
        params: the values of the parameters.
    """

    pathname: str | None = None
    search: str | None = None
    hash: str | None = None
    params: Mapping[str, str | int | float | Dynamic] | None = None

    def __post_init__(self) -> None:
        names = {_parameter(segment) for segment in (self.pathname or '').split('/')} - {None}
        unknown = sorted(set(self.params or {}) - {str(name) for name in names})
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


def _address_props(to: Any) -> dict[str, Any]:
    """Return the props that a link's address consists of in the client."""
    if not isinstance(to, RouterPath):
        return {'to': to}
    params = [_PathParameter(name=name, value=value) for name, value in (to.params or {}).items()]
    ending = _prefixed(to.search, '?') + _prefixed(to.hash, '#')
    return {'to': to.pathname or '', 'ending': ending or None, 'params': params or None}


def _prefixed(part: str | None, prefix: str) -> str:
    return f'{prefix}{part.removeprefix(prefix)}' if part else ''


class Link(StyledComponentInstance):
    """A link to another page of the app, or to another site.

    Args:
        children: text or components.
        to: an address such as `'/notes/42'`, a variable that holds one, or a `RouterPath`. An address that begins
            with a dot is relative to the present page.
        relative: whether `'..'` leads to the page above in the routes, or takes one word off the path.
        replace: take the present page's place in the history of the tab.
        active_css: the style of the link while its page is on show.
        inactive_css: the style otherwise.
        prefetch: fetch the page as soon as the pointer or the focus is on the link.
        end: whether the link is active only on its own page, and not on pages below it.
        case_sensitive: whether the link is active only if the address is written as it is.
        new_tab: open the page in a new tab, as `target='_blank'` does.
        target: the tab or frame that opens the page.
        download: download the address under this name; `True` for a name of the browser's choice.
        rel: how the other page is related, such as `'nofollow'`.
        referrer_policy: how much the other site is told of the present address, such as `'no-referrer'`.
    """

    children: Children
    to: str | Dynamic
    relative: Literal['route', 'path'] = 'route'
    replace: bool = False
    active_css: Css | None = None
    inactive_css: Css | None = None
    prefetch: bool | None = None
    end: bool = True
    case_sensitive: bool = False
    new_tab: bool | None = None
    target: str | None = None
    download: str | bool | None = None
    rel: str | None = None
    referrer_policy: str | None = None
    ending: str | None = internal_prop()  # made of `to`
    params: list[ComponentInstance] | None = internal_prop()  # made of `to`

    def __init__(self, *children: Any, to: str | Dynamic | RouterPath, **props: Any) -> None:
        given = [*children, *as_list(props.pop('children', None))]
        super().__init__(children=given, **_address_props(to), **props)


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
        side_bar_position: the side of the bar.
        hide_logo: omit the app's title.
        logo_path: the address of a picture that replaces the title.
        logo_width: the width of the picture.
        logo_position: whether the title or picture is above the components of the bar or below them.
    """

    content: Children
    side_bar: Children | None = None
    side_bar_width: float | str | None = None
    side_bar_padding: float | str | None = None
    side_bar_position: Literal['left', 'right'] | None = None
    hide_logo: bool | None = None
    logo_path: str | None = None
    logo_width: float | str | None = None
    logo_position: Literal['top', 'bottom'] | None = None


class TopBarFrame(ComponentInstance):
    """A frame with a bar at the top.

    Args:
        content: the components below the bar, usually an `Outlet`.
        top_bar: the components in the bar, such as `MenuLink`s.
        top_bar_height: the height of the bar.
        top_bar_padding: the padding of the bar.
        hide_logo: omit the app's title.
        logo_path: the address of a picture that replaces the title.
        logo_width: the width of the picture.
    """

    _not_yet: ClassVar[frozenset[str]] = frozenset({'logo_position', 'top_bar_position'})

    content: Children
    top_bar: Children | None = None
    top_bar_height: float | str | None = None
    top_bar_padding: float | str | None = None
    hide_logo: bool | None = None
    logo_path: str | None = None
    logo_width: float | str | None = None


class Navigate(ComponentInstance):
    """A component that leads to another page as soon as it is shown.

        If(user == None, Navigate(to='/welcome'))

    Args:
        to: an address such as `'/notes/42'`, a variable that holds one, or a `RouterPath`.
        replace: take the present page's place in the history of the tab.
        relative: whether `'..'` leads to the page above in the routes, or takes one word off the path.
    """

    to: str | Dynamic
    replace: bool = False
    relative: Literal['route', 'path'] = 'route'
    ending: str | None = internal_prop()  # made of `to`
    params: list[ComponentInstance] | None = internal_prop()  # made of `to`

    def __init__(self, to: str | Dynamic | RouterPath, **props: Any) -> None:
        super().__init__(**_address_props(to), **props)


__all__ = [
    'BaseFallback',
    'ErrorHandlingConfig',
    'Fallback',
    'For',
    'Link',
    'Match',
    'MenuLink',
    'Navigate',
    'Outlet',
    'ProgressTracker',
    'RouterPath',
    'SideBarFrame',
    'ThemeProvider',
    'TopBarFrame',
]

if not TYPE_CHECKING:
    __getattr__ = import_when_used(__name__, {'dara.core.visual.theming': 'ThemeProvider'})
