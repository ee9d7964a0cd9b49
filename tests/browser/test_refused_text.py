"""Tests of text that the server refuses: it stays in its field with the reason, and nobody else sees it."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenTab, OpenTwo, Show, expect_json, notices, stored
from tests.browser.text_fields import in_both, insert, select, text
from tests.conftest import Serve
from tests.network import Network


@in_both
async def test_what_no_store_takes_stays_with_the_reason(show: Show, field: str) -> None:
    ann, ben = await show(field, 'ab')
    await select(text(ann), 1, 1)
    await ann.keyboard.insert_text('\0')
    await expect(ann.get_by_text('null character')).to_be_visible()
    assert await text(ann).input_value() == 'a\0b'
    await text(ann).press('Backspace')
    await ann.keyboard.type('c')
    await expect_json(ben, 'acb')
    await expect(ann.get_by_text('null character')).to_be_hidden()
    await expect(notices(ann)).to_be_empty()


LARGE = """
    from dara.components import Stack, Text, Textarea
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore, FileBackend

    text = Variable(default='before', store=BackendStore(backend=FileBackend(path='store.json')))
    config = ConfigurationBuilder()
    config.add_page('Page', content=Stack(Textarea(value=text, label='Text'), Text('below')))
"""


async def test_a_text_that_is_too_large_stays_in_the_field(serve: Serve, open_two: OpenTwo) -> None:
    """With the reason below it, until it is made shorter; others keep the whole text that was there."""
    app = serve(LARGE)
    ann, ben = await open_two(app.url)
    await text(ann).press('ControlOrMeta+End')
    await ann.keyboard.insert_text('x' * 1_200_000)
    await expect(ann.get_by_text('too large')).to_be_visible()
    await text(ann).blur()
    assert len(await text(ann).input_value()) == 1_200_006
    await insert(ben, 0, '> ')
    await expect(text(ben)).to_have_value('> before')
    await expect(ann.get_by_text('too large')).to_be_visible()
    await select(text(ann), 16, 1_200_006)
    await ann.keyboard.press('Delete')
    await expect(ann.get_by_text('too large')).to_be_hidden()
    for tab in (ann, ben):
        await expect(text(tab)).to_have_value('> before' + 'x' * 10)
    assert stored(app) == '> before' + 'x' * 10


async def test_one_key_too_many(serve: Serve, open_two: OpenTwo) -> None:
    """A text is as large as it may be."""
    app = serve(LARGE.replace("'before'", "'x' * (2 ** 20 - 3)"))
    ann, ben = await open_two(app.url)
    await text(ann).press('ControlOrMeta+End')
    await ann.keyboard.type('a')
    await ann.keyboard.type('b')
    await expect(text(ann)).to_have_attribute('aria-invalid', 'true')
    assert (await text(ann).input_value()).endswith('xab')
    await text(ann).press('Backspace')
    await text(ann).press('Backspace')
    await text(ann).press('Backspace')
    await ann.keyboard.type('c')
    await expect(text(ann)).not_to_have_attribute('aria-invalid', 'true')
    await expect(text(ben)).to_have_value('x' * (2**20 - 4) + 'c')
    await expect(notices(ann)).to_be_empty()


async def test_what_was_refused_stays_when_the_field_is_left(serve: Serve, open_two: OpenTwo) -> None:
    """Another field of the same value is taken meanwhile; Escape shows what is stored."""
    async with Network(
        serve('typed_person').url,
        delay=0.1,
    ) as network:
        ann, ben = await open_two(network.url)
        await ann.get_by_label('Year').press_sequentially('19')
        await ann.get_by_label('City').press_sequentially('Ulm')
        await ann.get_by_label('Name').press_sequentially('Alber')
        await expect(ben.get_by_label('Name')).to_have_value('Alber')
        await ann.keyboard.type('t')
        await expect(ben.locator('#person')).to_have_text('{"name":"Alber","year":"","city":"Ulm"}')
        await ann.get_by_label('City').focus()
        await expect(ann.get_by_label('Year')).to_have_value('19')
        await expect(ann.get_by_label('Name')).to_have_value('Albert')
        await expect(ann.get_by_text('This does not have the expected form')).to_be_visible()
        await expect(ann.get_by_text('Write at most 5 characters.')).to_be_visible()
        await ann.get_by_label('City').press_sequentially('!')
        await expect(ben.get_by_label('City')).to_have_value('Ulm!')
        await expect(ann.get_by_label('Year')).to_have_value('19')
        await ann.get_by_label('Year').press('End')
        await ann.get_by_label('Year').press_sequentially('05')
        await expect(ben.get_by_label('Year')).to_have_value('1905')
        await expect(ann.get_by_text('This does not have the expected form')).to_be_hidden()
        await ann.get_by_label('Name').press('Escape')
        await expect(ann.get_by_label('Name')).to_have_value('Alber')
        await expect(ann.get_by_text('Write at most 5 characters.')).to_be_hidden()
        await expect(notices(ann)).to_be_empty()


@pytest.mark.parametrize('is_pasted', [False, True])
async def test_what_was_refused_in_one_room_is_not_shown_in_another(
    serve: Serve, open_two: OpenTwo, is_pasted: bool
) -> None:
    """Typed text is stored up to its refused end; of pasted text nothing is, so both rooms have the same value."""
    ann, ben = await open_two(
        serve("""
        from typing import Annotated
        from pydantic import Field
        from dara.components import Input, Select, Stack
        from dara.core import ConfigurationBuilder, Variable
        from dara.core.persistence import BackendStore

        room = Variable('red')
        note = Variable(default='', store=BackendStore(type=Annotated[str, Field(max_length=3)]).at(room))
        config = ConfigurationBuilder()
        config.add_page('Rooms', content=Stack(
            Input(value=room, label='Room'), Input(value=note, label='Text'),
        ))
        """).url
    )
    await (text(ann).fill('abcd') if is_pasted else text(ann).press_sequentially('abcd'))
    await expect(ann.get_by_text('at most 3 characters')).to_be_visible()
    await ann.get_by_label('Room').fill('blue')
    await expect(text(ann)).to_have_value('')
    await expect(ann.get_by_text('at most 3 characters')).to_be_hidden()
    await text(ann).press_sequentially('xy')
    await ben.get_by_label('Room').fill('blue')
    await expect(text(ben)).to_have_value('xy')


LOG = """
    from typing import Annotated

    from pydantic import BaseModel, Field

    from dara.components import Button, Form, Input, Stack, Text
    from dara.core import ActionCtx, ConfigurationBuilder, Variable, action
    from dara.core.persistence import BackendStore

    class Entry(BaseModel):
        text: Annotated[str, Field(max_length=9)]

    log, entry = Variable([Entry(text='first')], store=BackendStore(type=list[Entry])), Variable('')

    @action
    async def record(ctx: ActionCtx, text: str):
        await log.modify(lambda all: [*all, {'text': text}])
        await ctx.update(entry, '')

    config = ConfigurationBuilder()
    config.add_page('Log', content=Stack(
        Input(value=entry, label='Entry', required=True, min_length=2, onenter=record(entry)),
        Button('Replace', onclick=log.get(0).get('text').update('much too long')),
        Form(Input(id='text', label='In a form'), onsubmit=record('much too long'), submit_label='Submit'),
        Text(log, id_='log'),
    ))
"""


async def test_enter_runs_no_action_for_what_a_field_refuses(serve: Serve, open_tab: OpenTab) -> None:
    """A refusal of the server is told in words, without the place of the value; the log keeps that."""
    server = serve(LOG)
    ann = await open_tab(server.url)
    entry = ann.get_by_label('Entry')
    for typed, reason in (('', 'Fill this in.'), ('a', 'Write at least 2 characters.')):
        await entry.fill(typed)
        await entry.press('Enter')
        await expect(entry).to_have_accessible_description(reason)
    await entry.fill('ok')
    await entry.press('Enter')
    await expect(ann.locator('#log')).to_have_text('[{"text":"first"},{"text":"ok"}]')
    await expect(entry).to_have_value('')
    await expect(entry).not_to_have_attribute('aria-invalid', 'true')
    await expect(notices(ann)).to_be_empty()
    await entry.fill('much too long')
    await entry.press('Enter')
    told = 'text: Write at most 9 characters.'
    await expect(notices(ann).get_by_text(told, exact=True)).to_be_visible()
    assert '/2/text: String should have at most 9 characters' in server.log
    await notices(ann).get_by_role('button', name='Dismiss').click()
    await ann.get_by_role('button', name='Replace').click()
    await expect(notices(ann).get_by_text(told, exact=True)).to_be_visible()
    await ann.get_by_role('button', name='Submit').click()
    await expect(ann.locator('form').get_by_role('alert')).to_have_text(told)
