"""The looks of an app: its brand and its theme as CSS, in both colour schemes."""

from __future__ import annotations

import base64
import mimetypes
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias
from urllib.parse import quote

from dara.core._colors import BLACK, WHITE, Color, is_light, mix, on, parse, readable, to_hex, to_rgb
from dara.core.errors import InvalidDefinition

if TYPE_CHECKING:
    from dara.core._themes import ThemeColors, ThemeDef

Scheme: TypeAlias = Literal['light', 'dark']
Width: TypeAlias = Literal['narrow', 'normal', 'wide', 'full'] | int

_WIDTHS: Final[Mapping[object, str]] = {'narrow': '42rem', 'normal': '60rem', 'wide': '90rem', 'full': '100%'}
_INLINE_BYTES: Final = 100_000
# Of the client's theme.css: the page, the bar at the side, and cards; texts have to be readable on all three.
_GROUNDS: Final[dict[Scheme, tuple[str, str]]] = {'light': ('#f8f7f4', '#ffffff'), 'dark': ('#141618', '#1c1f21')}
_ACCENTS: Final[dict[Scheme, str]] = {'light': '#176859', 'dark': '#1f7f6c'}
_ROOTS: Final = ':is(html:root,.dara-themed)'
"""The elements that have a colour scheme: the page, and each `ThemeProvider`."""
_EDGE: Final = 3.05
_TEXT: Final = 5.2
"""A little more than 4.5, which is enough on a tint of the ground as well; 3 is enough for an edge."""

# The shares of white, then of black, in the ten shades of the accent.
_SHADES: Final = (0.93, 0.83, 0.66, 0.48, 0.32, 0.18, 0.08, 0.0, -0.15, -0.35)
_ON_FILL: Final = (
    '.mantine-Checkbox-root{--checkbox-icon-color:var(--dara-on-fill)}'
    '.mantine-Radio-root{--radio-icon-color:var(--dara-on-fill)}'
    '.mantine-Switch-root :checked+*>.mantine-Switch-thumb{background:var(--dara-on-fill)}'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """The brand of an app, on all its pages, those for the login included.

        config.brand = Brand(color='#7c3aed', logo='logo.svg', favicon='icon.png')

    Args:
        name: the name beside the logo; the app's title if not given, and `''` for a logo that contains the name.
        color: the accent, as `'#7c3aed'` or `'rgb(124, 58, 237)'`; the `primary` of a theme comes first. It is made
            darker or lighter where it could not be read, and the text on it is black or white.
        logo: a picture: the name of a file in the static folder, or an address of `https:`.
        favicon: the icon in the tab of the browser, likewise; if not given, the first letter of the name.
        font: the fonts of all text, as in CSS: `'Inter, sans-serif'`.
        radius: the radius of the corners of controls, in pixels; cards have a larger one.
    """

    name: str | None = None
    color: str | None = None
    logo: str | None = None
    favicon: str | None = None
    font: str | None = None
    radius: int | None = None

    def __post_init__(self) -> None:
        if self.color is not None:
            _parsed('Brand.color', self.color)
        if self.font is not None and set(self.font) & set(';{}<>'):
            raise InvalidDefinition(f"Brand.font takes names of fonts, such as 'Inter, sans-serif', not {self.font!r}")
        if self.radius is not None and not (isinstance(self.radius, int) and 0 <= self.radius <= 40):
            raise InvalidDefinition(f'Brand.radius takes pixels from 0 to 40, not {self.radius!r}')


@dataclass(frozen=True, slots=True)
class Looks:
    """The looks of an app, as plain data.

    Attributes:
        name: the name beside the logo; may be empty.
        css: the rules that differ from those of the client.
        login_css: those of the pages for the login, with the stylesheets.
        width: the width of pages as CSS.
        stylesheets: the names of files in the static folder.
        logo, favicon: addresses below the app, of another site, or with the data.
        login_logo, login_favicon: addresses with the data: without a login, no files are served.
    """

    name: str = ''
    css: str = ''
    login_css: str = ''
    width: str = _WIDTHS['normal']
    stylesheets: tuple[str, ...] = ()
    logo: str | None = None
    favicon: str = 'data:,'
    login_logo: str | None = None
    login_favicon: str = 'data:,'


def looks_of(
    title: str,
    brand: Brand,
    theme: ThemeDef | None,
    width: object,
    stylesheets: Sequence[str],
    folders: Sequence[str],
) -> Looks:
    """Return the looks of an app.

    Raises:
        InvalidDefinition: a file is missing, or the width is none.
    """
    name = title if brand.name is None else brand.name
    primary = (theme and theme.colors and theme.colors.primary) or brand.color
    letter = _letter_icon(name or title, parse(primary or _ACCENTS['light']))
    styles = [_file('add_css', each, folders).read_text() for each in stylesheets]
    return Looks(
        name=name,
        css=css_of(brand, theme),
        login_css='\n'.join([_login_css(primary, brand), *(each.replace('</', r'<\/') for each in styles)]),
        width=css_width('config.width', width) or _WIDTHS['normal'],
        stylesheets=tuple(stylesheets),
        logo=_address('Brand.logo', brand.logo, folders),
        favicon=_address('Brand.favicon', brand.favicon, folders) or letter,
        login_logo=_inlined(brand.logo, folders),
        login_favicon=_inlined(brand.favicon, folders) or letter,
    )


def css_width(named: str, width: object) -> str | None:
    """Return a width of pages as CSS; `None` for none.

    Raises:
        InvalidDefinition: it is neither a name nor a number of pixels.
    """
    if width is None:
        return None
    if isinstance(width, int) and not isinstance(width, bool) and width >= 200:
        return f'{width}px'
    if isinstance(width, str) and width in _WIDTHS:
        return _WIDTHS[width]
    names = ', '.join(map(repr, _WIDTHS))
    raise InvalidDefinition(f'{named} is {names}, or a number of pixels from 200, not {width!r}')


def scheme_of(theme: ThemeDef, base: Scheme | None = None) -> Scheme | None:
    """Return the scheme of a theme: the one that it names, or that of its background."""
    background = theme.colors and theme.colors.background
    if base or theme.themeType or not background:
        return base or theme.themeType
    return 'light' if is_light(parse(background)) else 'dark'


def css_of(brand: Brand, theme: ThemeDef | None) -> str:
    """Return the CSS of a brand and a theme: nothing without either."""
    size = theme and theme.font and theme.font.size
    rules = [_rule(_ROOTS, _common(brand)), _rule('html:root', _given({'font-size': size or None}))]
    for scheme in ('light', 'dark'):
        rules.append(_rule(f'{_ROOTS}[data-mantine-color-scheme="{scheme}"]', values_of(brand, theme, scheme)))
    has_accent = (theme and theme.colors and theme.colors.primary) or brand.color
    return ''.join(rules) + (_ON_FILL if has_accent else '')


def values_of(brand: Brand, theme: ThemeDef | None, scheme: Scheme, own: Scheme | None = None) -> dict[str, str]:
    """Return the custom properties of a brand and a theme in one scheme.

    Args:
        own: the scheme that the theme changes; if not given, the one that it names or that of its background.
    """
    colors = theme.colors if theme else None
    own = own or (scheme_of(theme) if theme else None)
    values: dict[str, str] = {}
    ground, surface = map(parse, _GROUNDS[scheme])
    if colors and scheme == own:
        ground, surface = _own_grounds(colors, ground, surface)
        values |= _own_colors(colors, ground, surface)
    primary = (colors.primary if colors else None) or brand.color
    if primary:
        values |= _accent(parse(primary), surface, ground)
    values |= _states(colors, surface)
    if theme and theme.shadow and own in (None, scheme):
        values |= _given({'--dara-lift': theme.shadow.light, '--dara-float': theme.shadow.medium})
    return values


def _common(brand: Brand) -> dict[str, str]:
    values = _given({'--mantine-font-family': brand.font, '--mantine-font-family-headings': brand.font})
    if brand.radius is not None:
        values |= {'--mantine-radius-default': f'{brand.radius}px', '--dara-radius': f'{round(1.5 * brand.radius)}px'}
    return values


def _accent(color: Color, surface: Color, ground: Color) -> dict[str, str]:
    fill, text = readable(color, surface, _EDGE), readable(color, surface, _TEXT)
    text = readable(text, ground, _TEXT)
    hover = mix(fill, BLACK if on(fill) == WHITE else WHITE, 0.12)
    shades = [mix(color, WHITE, share) if share >= 0 else mix(color, BLACK, -share) for share in _SHADES]
    pine = '--mantine-color-pine'
    return {
        '--dara-primary': to_hex(text),
        '--dara-on-fill': to_hex(on(fill)),
        '--dara-rail-active': to_rgb(text, 10),
        f'{pine}-filled': to_hex(fill),
        f'{pine}-filled-hover': to_hex(hover),
        f'{pine}-text': to_hex(text),
        f'{pine}-light': to_rgb(fill, 12),
        f'{pine}-light-hover': to_rgb(fill, 20),
        f'{pine}-light-color': to_hex(text),
        f'{pine}-outline': to_hex(text),
        '--mantine-primary-color-contrast': to_hex(on(fill)),
        **{f'{pine}-{number}': to_hex(shade) for number, shade in enumerate(shades)},
    }


def _own_grounds(colors: ThemeColors, ground: Color, surface: Color) -> tuple[Color, Color]:
    """Return the colours of the page and of cards; that of cards is lighter than the page if it is not given."""
    if colors.background:
        ground = parse(colors.background)
        lighter = mix(ground, WHITE, 0.6 if is_light(ground) else 0.05)
        surface = lighter if is_light(lighter) == is_light(ground) else ground
    return ground, parse(colors.blue1) if colors.blue1 else surface


def _own_colors(colors: ThemeColors, ground: Color, surface: Color) -> dict[str, str]:
    ink = parse(colors.text) if colors.text else (BLACK if is_light(ground) else WHITE)
    values = {'--mantine-color-body': to_hex(ground), '--dara-surface': to_hex(surface)}
    if colors.text or colors.background:
        text = readable(readable(ink, ground, 7), surface, 7)
        dimmed = readable(readable(mix(text, ground, 0.35), ground, 5), surface, 5)
        values |= {'--mantine-color-text': to_hex(text), '--mantine-color-dimmed': to_hex(dimmed)}
        values |= {'--mantine-color-placeholder': to_hex(dimmed), '--dara-rail': to_hex(mix(ground, ink, 0.025))}
    if colors.background or colors.grey2:
        values['--dara-line'] = to_hex(parse(colors.grey2) if colors.grey2 else mix(ground, ink, 0.1))
        values['--dara-track'] = to_hex(mix(ground, ink, 0.1))
    if colors.background or colors.grey4:
        edge = parse(colors.grey4) if colors.grey4 else mix(ground, ink, 0.4)
        values['--dara-edge'] = to_hex(readable(readable(edge, surface, _EDGE), ground, _EDGE))
    return values


def _states(colors: ThemeColors | None, surface: Color) -> dict[str, str]:
    """Return the colours of errors, successes and warnings."""
    values: dict[str, str] = {}
    for given, name, palette in (
        (colors and colors.error, 'bad', 'red'),
        (colors and colors.success, 'good', 'green'),
        (colors and colors.warning, 'busy', 'yellow'),
    ):
        if given:
            text = to_hex(readable(parse(given), surface, _TEXT))
            values |= {f'--dara-{name}': text, f'--mantine-color-{palette}-text': text}
            values |= {'--mantine-color-error': text} if name == 'bad' else {}
            fill = readable(parse(given), WHITE, 4.5)
            values |= {f'--mantine-color-{palette}-filled': to_hex(fill)}
            values |= {f'--mantine-color-{palette}-filled-hover': to_hex(mix(fill, BLACK, 0.12))}
    return values


def _login_css(primary: str | None, brand: Brand) -> str:
    values = _given({'--font': brand.font, '--radius': None if brand.radius is None else f'{brand.radius}px'})
    if primary:
        light, dark = (_accent(parse(primary), *map(parse, reversed(_GROUNDS[each]))) for each in ('light', 'dark'))
        for name, of in (
            ('primary', '--dara-primary'),
            ('on-fill', '--dara-on-fill'),
            ('fill', '--mantine-color-pine-filled'),
            ('fill-hover', '--mantine-color-pine-filled-hover'),
        ):
            values[f'--{name}'] = f'light-dark({light[of]},{dark[of]})'
    return _rule(':root', values)


def _rule(selector: str, values: Mapping[str, str]) -> str:
    return f'{selector}{{{";".join(f"{name}:{value}" for name, value in values.items())}}}' if values else ''


def _given(values: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def _letter_icon(name: str, color: Color) -> str:
    """Return a picture of the first letter of a name."""
    fill, letter = to_hex(readable(color, WHITE, _EDGE)), name[:1].upper()
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='8' "
        f"fill='{fill}'/><text x='16' y='23' font-family='system-ui,sans-serif' font-size='20' font-weight='700' "
        f"text-anchor='middle' fill='{to_hex(on(parse(fill)))}'>{letter if letter.isalnum() else ''}</text></svg>"
    )
    return f'data:image/svg+xml,{quote(svg)}'


def _address(named: str, picture: str | None, folders: Sequence[str]) -> str | None:
    """Return the address of a picture; one that begins with a slash counts from the base of the app."""
    if picture is None or picture.startswith(('https:', 'data:')):
        return picture
    _file(named, picture, folders)
    return f'/static/{quote(_in_folder(picture))}'


def _inlined(picture: str | None, folders: Sequence[str]) -> str | None:
    """Return an address with the data of a picture, unless it is large or on another site."""
    if picture is None or picture.startswith('https:'):
        return None
    if picture.startswith('data:'):
        return picture
    content = _file('Brand', picture, folders).read_bytes()
    if len(content) > _INLINE_BYTES:
        return None
    kind = mimetypes.guess_type(picture)[0] or 'application/octet-stream'
    return f'data:{kind};base64,{base64.b64encode(content).decode()}'


def _file(named: str, name: object, folders: Iterable[str]) -> Path:
    """Return a file of the static folders.

    Raises:
        InvalidDefinition: there is none.
    """
    if not isinstance(name, str):
        raise InvalidDefinition(f'{named} takes the name of a file in the static folder, not {name!r}')
    inner = _in_folder(name)
    found = (Path(folder, inner) for folder in folders)
    is_inside = not os.path.isabs(inner) and '..' not in Path(inner).parts
    file = next((each for each in found if is_inside and each.is_file()), None)
    if file is None:
        places = ', '.join(folders) or 'the folder static/, which does not exist'
        raise InvalidDefinition(f'{named}: there is no file {inner!r} in {places}')
    return file


def _in_folder(name: str) -> str:
    """Return the name of a file in the static folder, which may be written with the folder's name."""
    return name.removeprefix('/').removeprefix('static/')


def _parsed(named: str, color: Any) -> Color:
    try:
        return parse(color)
    except (ValueError, AttributeError) as error:
        raise InvalidDefinition(f'{named}: {error}') from None
