"""Text fields, carets and input methods in the hands of a test."""

from __future__ import annotations

import pytest
from playwright.async_api import CDPSession, Locator, Page

from tests.repeats import repeated

FIELDS = {'a line': "Input(value=it, label='Text')", 'lines': "Textarea(value=it, label='Text')"}
in_both = pytest.mark.parametrize(
    'field', [pytest.param(FIELDS['lines'], id='lines'), repeated(FIELDS['a line'], id='a line')]
)
SET = '(field, text) => Object.getOwnPropertyDescriptor(field.constructor.prototype, "value").set.call(field, text)'
"""A script that sets the value of a field without an event."""


def text(tab: Page) -> Locator:
    return tab.get_by_label('Text')


async def select(field: Locator, start: int, end: int, direction: str = 'forward') -> None:
    """Put the caret, or a selection, at a place in UTF-16 units."""
    await field.evaluate('(field, at) => { field.focus(); field.setSelectionRange(...at) }', [start, end, direction])


async def selected(field: Locator) -> list[object]:
    return list(await field.evaluate('(field) => [field.selectionStart, field.selectionEnd, field.selectionDirection]'))


async def insert(tab: Page, at: int, what: str) -> None:
    await select(text(tab), at, at)
    await tab.keyboard.insert_text(what)


async def composing(tab: Page) -> CDPSession:
    """Return an input method for the tab."""
    return await tab.context.new_cdp_session(tab)


async def compose(method: CDPSession, shown: str) -> None:
    await method.send(
        'Input.imeSetComposition', {'text': shown, 'selectionStart': len(shown), 'selectionEnd': len(shown)}
    )
