"""Palettes of colours for charts: for categories, for amounts, and for values on two sides of a middle.

Each has a variant for light and one for dark pages, with the same hues in the same order. `CategoricalLight10` is a
list of ten colours, and `CategoricalLight[10]` the same. The colours of a palette can be told apart with every kind of
colour blindness, and stand out from the page.
"""

from __future__ import annotations

from typing import Final

_CATEGORICAL_LIGHT: Final = [
    '#1f7f6c', '#d58d25', '#6d398e', '#9e170c', '#a1a368', '#8e93f3', '#b576af', '#88383b', '#3347b2', '#5c7e34',
]  # fmt: skip
_CATEGORICAL_DARK: Final = [
    '#58b19d', '#fa8f19', '#9a66be', '#ab6e64', '#e2e58d', '#a9bcf2', '#f2bade', '#d24e3e', '#5a76e4', '#a7b67c',
]  # fmt: skip
# The colours at equal distances on a ramp, the lowest value first.
_SEQUENTIAL_LIGHT: Final = ('#eef3e2', '#8cc7b0', '#2b8a80', '#154a63', '#10243f')
_SEQUENTIAL_DARK: Final = ('#1d3a5c', '#1f6f7f', '#43a58f', '#9fd3ab', '#f0f5dd')
_POLARISING_LIGHT: Final = ('#234a8a', '#6f9ad0', '#e9e7e2', '#e3a261', '#9a4a10')
_POLARISING_DARK: Final = ('#7fb2f5', '#3f6aa8', '#2f3337', '#a8642b', '#f5b26b')


def _ramp(stops: tuple[str, ...], size: int) -> list[str]:
    """Return so many colours at equal distances on a ramp; one alone is its middle."""
    positions = [index / (size - 1) for index in range(size)] if size > 1 else [0.5]
    return [_colour_at(stops, position) for position in positions]


def _colour_at(stops: tuple[str, ...], position: float) -> str:
    place = position * (len(stops) - 1)
    index = min(int(place), len(stops) - 2)
    pairs = zip(_channels(stops[index]), _channels(stops[index + 1]), strict=True)
    return '#' + ''.join(f'{round(low + (high - low) * (place - index)):02x}' for low, high in pairs)


def _channels(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def _by_size(*palettes: list[str]) -> dict[int, list[str]]:
    return {len(palette): palette for palette in palettes}


CategoricalLight10 = _CATEGORICAL_LIGHT[:10]
CategoricalLight9 = _CATEGORICAL_LIGHT[:9]
CategoricalLight8 = _CATEGORICAL_LIGHT[:8]
CategoricalLight7 = _CATEGORICAL_LIGHT[:7]
CategoricalLight6 = _CATEGORICAL_LIGHT[:6]
CategoricalLight5 = _CATEGORICAL_LIGHT[:5]
CategoricalLight4 = _CATEGORICAL_LIGHT[:4]
CategoricalLight3 = _CATEGORICAL_LIGHT[:3]
CategoricalLight2 = _CATEGORICAL_LIGHT[:2]
CategoricalLight1 = _CATEGORICAL_LIGHT[:1]

CategoricalDark10 = _CATEGORICAL_DARK[:10]
CategoricalDark9 = _CATEGORICAL_DARK[:9]
CategoricalDark8 = _CATEGORICAL_DARK[:8]
CategoricalDark7 = _CATEGORICAL_DARK[:7]
CategoricalDark6 = _CATEGORICAL_DARK[:6]
CategoricalDark5 = _CATEGORICAL_DARK[:5]
CategoricalDark4 = _CATEGORICAL_DARK[:4]
CategoricalDark3 = _CATEGORICAL_DARK[:3]
CategoricalDark2 = _CATEGORICAL_DARK[:2]
CategoricalDark1 = _CATEGORICAL_DARK[:1]

SequentialLight10 = _ramp(_SEQUENTIAL_LIGHT, 10)
SequentialLight9 = _ramp(_SEQUENTIAL_LIGHT, 9)
SequentialLight8 = _ramp(_SEQUENTIAL_LIGHT, 8)
SequentialLight7 = _ramp(_SEQUENTIAL_LIGHT, 7)
SequentialLight6 = _ramp(_SEQUENTIAL_LIGHT, 6)
SequentialLight5 = _ramp(_SEQUENTIAL_LIGHT, 5)
SequentialLight4 = _ramp(_SEQUENTIAL_LIGHT, 4)
SequentialLight3 = _ramp(_SEQUENTIAL_LIGHT, 3)
SequentialLight2 = _ramp(_SEQUENTIAL_LIGHT, 2)
SequentialLight1 = _ramp(_SEQUENTIAL_LIGHT, 1)

SequentialDark10 = _ramp(_SEQUENTIAL_DARK, 10)
SequentialDark9 = _ramp(_SEQUENTIAL_DARK, 9)
SequentialDark8 = _ramp(_SEQUENTIAL_DARK, 8)
SequentialDark7 = _ramp(_SEQUENTIAL_DARK, 7)
SequentialDark6 = _ramp(_SEQUENTIAL_DARK, 6)
SequentialDark5 = _ramp(_SEQUENTIAL_DARK, 5)
SequentialDark4 = _ramp(_SEQUENTIAL_DARK, 4)
SequentialDark3 = _ramp(_SEQUENTIAL_DARK, 3)
SequentialDark2 = _ramp(_SEQUENTIAL_DARK, 2)
SequentialDark1 = _ramp(_SEQUENTIAL_DARK, 1)

PolarisingLight11 = _ramp(_POLARISING_LIGHT, 11)
PolarisingLight10 = _ramp(_POLARISING_LIGHT, 10)
PolarisingLight9 = _ramp(_POLARISING_LIGHT, 9)
PolarisingLight8 = _ramp(_POLARISING_LIGHT, 8)
PolarisingLight7 = _ramp(_POLARISING_LIGHT, 7)
PolarisingLight6 = _ramp(_POLARISING_LIGHT, 6)
PolarisingLight5 = _ramp(_POLARISING_LIGHT, 5)
PolarisingLight4 = _ramp(_POLARISING_LIGHT, 4)
PolarisingLight3 = _ramp(_POLARISING_LIGHT, 3)
PolarisingLight2 = _ramp(_POLARISING_LIGHT, 2)
PolarisingLight1 = _ramp(_POLARISING_LIGHT, 1)

PolarisingDark11 = _ramp(_POLARISING_DARK, 11)
PolarisingDark10 = _ramp(_POLARISING_DARK, 10)
PolarisingDark9 = _ramp(_POLARISING_DARK, 9)
PolarisingDark8 = _ramp(_POLARISING_DARK, 8)
PolarisingDark7 = _ramp(_POLARISING_DARK, 7)
PolarisingDark6 = _ramp(_POLARISING_DARK, 6)
PolarisingDark5 = _ramp(_POLARISING_DARK, 5)
PolarisingDark4 = _ramp(_POLARISING_DARK, 4)
PolarisingDark3 = _ramp(_POLARISING_DARK, 3)
PolarisingDark2 = _ramp(_POLARISING_DARK, 2)
PolarisingDark1 = _ramp(_POLARISING_DARK, 1)

CategoricalLight = _by_size(
    CategoricalLight1,
    CategoricalLight2,
    CategoricalLight3,
    CategoricalLight4,
    CategoricalLight5,
    CategoricalLight6,
    CategoricalLight7,
    CategoricalLight8,
    CategoricalLight9,
    CategoricalLight10,
)
CategoricalDark = _by_size(
    CategoricalDark1,
    CategoricalDark2,
    CategoricalDark3,
    CategoricalDark4,
    CategoricalDark5,
    CategoricalDark6,
    CategoricalDark7,
    CategoricalDark8,
    CategoricalDark9,
    CategoricalDark10,
)
SequentialLight = _by_size(
    SequentialLight1,
    SequentialLight2,
    SequentialLight3,
    SequentialLight4,
    SequentialLight5,
    SequentialLight6,
    SequentialLight7,
    SequentialLight8,
    SequentialLight9,
    SequentialLight10,
)
SequentialDark = _by_size(
    SequentialDark1,
    SequentialDark2,
    SequentialDark3,
    SequentialDark4,
    SequentialDark5,
    SequentialDark6,
    SequentialDark7,
    SequentialDark8,
    SequentialDark9,
    SequentialDark10,
)
PolarisingLight = _by_size(
    PolarisingLight1,
    PolarisingLight2,
    PolarisingLight3,
    PolarisingLight4,
    PolarisingLight5,
    PolarisingLight6,
    PolarisingLight7,
    PolarisingLight8,
    PolarisingLight9,
    PolarisingLight10,
    PolarisingLight11,
)
PolarisingDark = _by_size(
    PolarisingDark1,
    PolarisingDark2,
    PolarisingDark3,
    PolarisingDark4,
    PolarisingDark5,
    PolarisingDark6,
    PolarisingDark7,
    PolarisingDark8,
    PolarisingDark9,
    PolarisingDark10,
    PolarisingDark11,
)

__all__ = [
    'CategoricalDark',
    'CategoricalDark1',
    'CategoricalDark2',
    'CategoricalDark3',
    'CategoricalDark4',
    'CategoricalDark5',
    'CategoricalDark6',
    'CategoricalDark7',
    'CategoricalDark8',
    'CategoricalDark9',
    'CategoricalDark10',
    'CategoricalLight',
    'CategoricalLight1',
    'CategoricalLight2',
    'CategoricalLight3',
    'CategoricalLight4',
    'CategoricalLight5',
    'CategoricalLight6',
    'CategoricalLight7',
    'CategoricalLight8',
    'CategoricalLight9',
    'CategoricalLight10',
    'PolarisingDark',
    'PolarisingDark1',
    'PolarisingDark2',
    'PolarisingDark3',
    'PolarisingDark4',
    'PolarisingDark5',
    'PolarisingDark6',
    'PolarisingDark7',
    'PolarisingDark8',
    'PolarisingDark9',
    'PolarisingDark10',
    'PolarisingDark11',
    'PolarisingLight',
    'PolarisingLight1',
    'PolarisingLight2',
    'PolarisingLight3',
    'PolarisingLight4',
    'PolarisingLight5',
    'PolarisingLight6',
    'PolarisingLight7',
    'PolarisingLight8',
    'PolarisingLight9',
    'PolarisingLight10',
    'PolarisingLight11',
    'SequentialDark',
    'SequentialDark1',
    'SequentialDark2',
    'SequentialDark3',
    'SequentialDark4',
    'SequentialDark5',
    'SequentialDark6',
    'SequentialDark7',
    'SequentialDark8',
    'SequentialDark9',
    'SequentialDark10',
    'SequentialLight',
    'SequentialLight1',
    'SequentialLight2',
    'SequentialLight3',
    'SequentialLight4',
    'SequentialLight5',
    'SequentialLight6',
    'SequentialLight7',
    'SequentialLight8',
    'SequentialLight9',
    'SequentialLight10',
]
