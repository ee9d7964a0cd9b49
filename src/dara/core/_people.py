"""Colours of users, and names of guests, both derived from the user's id."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

# White text is readable on these colours, and they contrast with light and dark pages.
COLORS: Final = {
    'Red': '#d03c37',
    'Copper': '#be511b',
    'Amber': '#a26409',
    'Olive': '#707923',
    'Green': '#318145',
    'Teal': '#167f78',
    'Azure': '#137baa',
    'Blue': '#2b70d7',
    'Indigo': '#6465d8',
    'Violet': '#8c58cf',
    'Plum': '#b148a9',
    'Rose': '#d0356d',
}
_ANIMALS: Final = (
    *('Badger', 'Beaver', 'Bison', 'Crane', 'Dolphin', 'Eagle', 'Falcon', 'Finch', 'Fox', 'Gazelle', 'Gecko', 'Hare'),
    *('Hedgehog', 'Heron', 'Ibex', 'Jackdaw', 'Jay', 'Kestrel', 'Koala', 'Lark', 'Lemur', 'Lynx', 'Magpie', 'Marten'),
    *('Mole', 'Moose', 'Newt', 'Orca', 'Otter', 'Owl', 'Panda', 'Pelican', 'Penguin', 'Puffin', 'Quail', 'Rabbit'),
    *('Raven', 'Robin', 'Salmon', 'Seal', 'Sparrow', 'Squirrel', 'Stork', 'Swan', 'Tiger', 'Turtle', 'Walrus', 'Wren'),
)


def color_of(id: str) -> str:
    """Return the colour of a user, as CSS."""
    return COLORS[_color_name(id)]


def guest_name(id: str) -> str:
    """Return the name of a guest: a colour and an animal, such as 'Teal Otter'. The colour is that of `color_of`."""
    return f'{_color_name(id)} {_ANIMALS[_digest(id)[1] % len(_ANIMALS)]}'


def _color_name(id: str) -> str:
    return list(COLORS)[_digest(id)[0] % len(COLORS)]


def _digest(id: str) -> bytes:
    return blake2b(id.encode(errors='surrogatepass'), digest_size=2).digest()
