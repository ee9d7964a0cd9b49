"""Arithmetic of colours: contrast as WCAG defines it, and mixtures that look even, in the space OKLab."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Final, TypeAlias

Color: TypeAlias = tuple[float, float, float]
"""Red, green and blue of sRGB, from 0 to 1."""

WHITE: Final[Color] = (1.0, 1.0, 1.0)
BLACK: Final[Color] = (0.0, 0.0, 0.0)
_HEX: Final = re.compile(r'#([0-9a-f]{3}|[0-9a-f]{6})', re.I)
_RGB: Final = re.compile(r'rgba?\(\s*(\d{1,3})\s*[ ,]\s*(\d{1,3})\s*[ ,]\s*(\d{1,3})\s*([,/][^)]*)?\)', re.I)
_STEPS: Final = 50


def parse(color: str) -> Color:
    """Return a colour of CSS.

    Raises:
        ValueError: it is written in another way than `#176859`, `rgb(23, 104, 89)` or `teal`.
    """
    text = color.strip()
    short = _HEX.fullmatch(text)
    if short:
        digits = short[1] if len(short[1]) == 6 else ''.join(2 * digit for digit in short[1])
        return _color(int(digits[at : at + 2], 16) for at in (0, 2, 4))
    channels = _RGB.fullmatch(text)
    if channels and all(int(each) <= 255 for each in channels.groups()[:3]):
        return _color(int(each) for each in channels.groups()[:3])
    if text.isalpha():
        from dara.core._color_names import DIGITS  # long, and few apps name colours

        if text.lower() in DIGITS:
            return parse(f'#{DIGITS[text.lower()]}')
    raise ValueError(f"a colour is written as '#176859', 'rgb(23, 104, 89)' or 'teal', not {color!r}")


def _color(channels: Iterable[int]) -> Color:
    red, green, blue = (each / 255 for each in channels)
    return red, green, blue


def to_hex(color: Color) -> str:
    return '#' + ''.join(f'{round(255 * each):02x}' for each in color)


def to_rgb(color: Color, percent: int) -> str:
    """Return a colour that is opaque by so many percent, as CSS."""
    return f'rgb({" ".join(str(round(255 * each)) for each in color)} / {percent}%)'


def contrast(one: Color, other: Color) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def is_light(color: Color) -> bool:
    """Return whether black text is easier to read on a colour than white text."""
    return contrast(color, BLACK) > contrast(color, WHITE)


def readable(color: Color, ground: Color, ratio: float) -> Color:
    """Return the colour next to `color`, darker or lighter, that has this contrast to a ground."""
    end = BLACK if is_light(ground) else WHITE
    mixed = (mix(color, end, step / _STEPS) for step in range(_STEPS))
    return next((each for each in mixed if contrast(each, ground) >= ratio), end)


def on(ground: Color) -> Color:
    """Return white if it can be read on a ground, else black."""
    return WHITE if contrast(WHITE, ground) >= 4.5 else BLACK


def mix(one: Color, other: Color, share: float) -> Color:
    """Return a mixture with this share of `other`."""
    pairs = zip(_to_lab(one), _to_lab(other), strict=True)
    lightness, a, b = ((1 - share) * left + share * right for left, right in pairs)
    return _from_lab(lightness, a, b)


def _luminance(color: Color) -> float:
    red, green, blue = map(_linear, color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _gamma(channel: float) -> float:
    bounded = min(max(channel, 0.0), 1.0)
    return 12.92 * bounded if bounded <= 0.0031308 else 1.055 * bounded ** (1 / 2.4) - 0.055


def _to_lab(color: Color) -> Color:
    """Convert to OKLab: https://bottosson.github.io/posts/oklab."""
    r, g, b = map(_linear, color)
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    medium = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _from_lab(lightness: float, a: float, b: float) -> Color:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _gamma(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _gamma(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _gamma(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )
