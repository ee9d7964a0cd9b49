"""Tests of the colours of users and the names of guests."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from dara.core import Variable
from dara.core._people import COLORS, color_of, guest_name
from dara.core.auth import DefaultAuthConfig
from dara.core.persistence import BackendStore


def luminance(color: str) -> float:
    """Return the relative luminance of a colour, as WCAG 2 defines it."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted([luminance(one), luminance(other)], reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize('color', COLORS.values())
def test_initials_and_edges_have_contrast_in_light_and_dark_themes(color: str) -> None:
    """WCAG demands 4.5 for the white text, and 3 for edges on the surfaces of base.css."""
    assert contrast(color, '#ffffff') >= 4.5
    assert contrast(color, '#f8f7f4') >= 3
    assert contrast(color, '#1c1f21') >= 3


def test_a_guest_is_named_after_the_colour() -> None:
    """The guest keeps both, also after a restart."""
    guest = DefaultAuthConfig().guest()
    assert guest.identity_name == guest_name(guest.identity_id)
    assert COLORS[guest.identity_name.split()[0]] == color_of(guest.identity_id)
    assert guest_name('somebody') == 'Teal Lark'


def test_a_hundred_guests_have_many_names() -> None:
    assert len({DefaultAuthConfig().guest().identity_name for _ in range(100)}) > 80


def test_without_an_app_nobody_is_present() -> None:
    store = BackendStore(uid='alone')
    Variable(default=0, store=store)
    assert asyncio.run(store.present()) == []
    assert asyncio.run(store.at('room').present()) == []


def test_the_client_knows_the_colours() -> None:
    """It gives another one to the second of two people who have the same."""
    source = (Path(__file__).parents[2] / 'client' / 'src' / 'sync' / 'colors.ts').read_text()
    assert sorted(re.findall(r'#[0-9a-f]{6}', source)) == sorted(COLORS.values())
