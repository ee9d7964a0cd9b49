"""CSS and names of icons, as components take them."""

from __future__ import annotations

from typing import Literal, TypeAlias

IconStyle: TypeAlias = Literal['solid', 'regular', 'brands']
IconSize: TypeAlias = Literal[
    '1x', '2x', '3x', '4x', '5x', '6x', '7x', '8x', '9x', '10x', '2xs', 'xs', 'sm', 'lg', 'xl', '2xl'
]


def get_icon(name: str, style: IconStyle = 'solid', size: IconSize | None = None) -> str:
    """Return the name of an icon of Font Awesome's free set, for `Icon`, `Button(icon=...)` and pages.

        Icon(get_icon('github', style='brands', size='2x'))

    Args:
        name: the icon's name in the set, such as `'github'`.
        style: `'brands'` for logos; `'regular'` for outlines, which fewer icons have.
        size: relative to the surrounding text; `'2x'` is twice its size.
    """
    words = [f'fa-{style}', f'fa-{name}']
    return ' '.join(words if size is None else [f'fa-{size}', *words])


class CSSProperties(dict[str, str | float | None]):
    """Properties of CSS by their names in either spelling, for `raw_css`; those that are `None` are left out.

        Stack(..., raw_css=CSSProperties(maxWidth='100px', gridTemplateColumns='1fr 2fr'))

    Numbers are pixels where a property takes a length.
    """

    def __init__(self, **properties: str | float | None) -> None:
        super().__init__(**properties)
