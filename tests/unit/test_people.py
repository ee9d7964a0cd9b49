"""Colours of users and names of guests."""

from __future__ import annotations

import asyncio

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
def test_initials_can_be_read_and_edges_seen_in_light_and_in_dark(color: str) -> None:
    """WCAG: 4.5 for text, which is white; 3 for what is no text, on the surfaces of base.css."""
    assert contrast(color, '#ffffff') >= 4.5
    assert contrast(color, '#f8f7f4') >= 3
    assert contrast(color, '#1c1f21') >= 3


def test_a_guest_is_called_after_their_colour() -> None:
    """And keeps both, here and after a restart."""
    guest = DefaultAuthConfig().guest()
    assert guest.identity_name == guest_name(guest.identity_id)
    assert COLORS[guest.identity_name.split()[0]] == color_of(guest.identity_id)
    assert guest_name('somebody') == 'Teal Lark'


def test_a_hundred_guests_have_many_names() -> None:
    assert len({DefaultAuthConfig().guest().identity_name for _ in range(100)}) > 80


def test_nobody_is_present_where_no_app_runs() -> None:
    store = BackendStore(uid='alone')
    Variable(default=0, store=store)
    assert asyncio.run(store.present()) == []
    assert asyncio.run(store.at('room').present()) == []
