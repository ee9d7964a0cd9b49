"""Tests of writes that fail or are refused: their author is told."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenTab, OpenTwo, notices, status, stored
from tests.conftest import Serve


async def test_an_edit_that_cannot_be_stored_is_kept_shown_and_sent_again(serve: Serve, open_two: OpenTwo) -> None:
    """It goes through as soon as the disk has room; until then nobody else is told that it was saved."""
    server = serve('poor_disk')
    ann, ben = await open_two(server.url)
    (server.directory / 'full').touch()
    await ann.get_by_label('Title').fill('important')
    await expect(status(ann)).to_contain_text('Not saved yet')
    await expect(status(ann)).to_contain_text('the disk is full')
    await ann.get_by_label('Text').fill('and long')
    await expect(ann.get_by_label('Title')).to_have_value('important')
    assert await ben.get_by_label('Title').input_value() == ''
    assert stored(server) == {'title': '', 'text': ''}
    (server.directory / 'full').unlink()
    await expect(ben.get_by_label('Title')).to_have_value('important')
    await expect(ben.get_by_label('Text')).to_have_value('and long')
    await expect(status(ann)).to_contain_text('Live')
    assert stored(server) == {'title': 'important', 'text': 'and long'}


async def test_nobody_is_told_where_the_server_keeps_its_files(serve: Serve, open_tab: OpenTab) -> None:
    """The log is for that; a page says what is wrong, in little room."""
    server = serve('poor_disk')
    ann = await open_tab(server.url)
    (server.directory / 'full').touch()
    await ann.get_by_label('Title').fill('important')
    await expect(status(ann)).to_contain_text('the disk is full')
    said = await status(ann).inner_text()
    assert str(server.directory) not in said
    assert 'global' not in said


async def test_a_slow_disk_shows(serve: Serve, open_tab: OpenTab) -> None:
    """S18: 'Live' again means that it is stored."""
    server = serve('poor_disk')
    ann = await open_tab(server.url)
    await expect(status(ann)).to_contain_text('Live')
    (server.directory / 'slow').touch()
    await ann.get_by_label('Title').fill('patience')
    await expect(status(ann)).to_contain_text('Saving…')
    (server.directory / 'slow').unlink()
    await expect(status(ann)).to_contain_text('Live')
    assert stored(server)['title'] == 'patience'


async def test_an_edit_that_could_not_be_stored_survives_a_restart(serve: Serve, open_tab: OpenTab) -> None:
    """The disk is full, so somebody makes room and starts the server again."""
    server = serve('poor_disk')
    ann = await open_tab(server.url)
    (server.directory / 'full').touch()
    await ann.get_by_label('Title').fill('important')
    await expect(status(ann)).to_contain_text('Not saved yet')
    server.kill()
    (server.directory / 'full').unlink()
    server.start()
    await expect(status(ann)).to_contain_text('Live')
    await ann.reload()
    await expect(ann.get_by_label('Title')).to_have_value('important')


@pytest.mark.parametrize('size', [1_200_000, 3_000_000])
async def test_an_edit_that_is_too_large_is_refused_aloud(serve: Serve, open_two: OpenTwo, size: int) -> None:
    """S9, S13: the field says why and keeps it, others see what is stored, and the page goes on.

    The sizes: more than a value may take, and more than the server would even read.
    """
    ann, ben = await open_two(serve('poor_disk').url)
    text = ann.get_by_label('Text')
    await text.fill('short')
    await expect(ben.get_by_label('Text')).to_have_value('short')
    await text.fill('x' * size)
    await expect(ann.get_by_text('too large')).to_be_visible()
    assert len(await text.input_value()) == size
    await expect(ben.get_by_label('Text')).to_have_value('short')
    await text.fill('short again')
    await expect(ben.get_by_label('Text')).to_have_value('short again')
    await expect(ann.get_by_text('too large')).to_be_hidden()


async def test_a_text_that_is_larger_than_an_edit_may_be_arrives_whole(serve: Serve, open_two: OpenTwo) -> None:
    """S9: a pasted text is sent in several edits."""
    ann, ben = await open_two(serve('poor_disk').url)
    await ann.get_by_label('Text').fill('paste ' * 80_000)
    await expect(ben.get_by_label('Text')).to_have_value('paste ' * 80_000)


async def test_half_a_character_is_refused_aloud(serve: Serve, open_two: OpenTwo) -> None:
    """S9, S13: a lone surrogate, as some keyboards and programs leave when they cut an emoji in two."""
    ann, ben = await open_two(serve('poor_disk').url)
    title = ann.get_by_label('Title')
    await title.focus()
    await ann.evaluate("document.execCommand('insertText', false, String.fromCharCode(0xd83d))")
    await title.fill('whole again')
    await expect(ben.get_by_label('Title')).to_have_value('whole again')


READONLY = """
    from dara.components import Button, Input, Stack, Switch
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore

    rules = Variable(default={'text': 'Be kind', 'strict': True}, store=BackendStore(readonly=True))
    config = ConfigurationBuilder()
    config.add_page('Rules', content=Stack(
        Input(value=rules.get('text'), label='Rule'),
        Switch(value=rules.get('strict'), label='Strict'),
        Button('Relax', onclick=rules.get('strict').update(False)),
    ))
"""


async def test_a_readonly_value_shows_and_cannot_be_changed(serve: Serve, open_tab: OpenTab) -> None:
    """S17: the field says so by its looks, and takes no typing."""
    ann = await open_tab(serve(READONLY).url)
    rule, strict = ann.get_by_label('Rule'), ann.get_by_role('switch', name='Strict')
    await expect(rule).to_have_value('Be kind')
    await expect(rule).not_to_be_editable()
    await rule.press_sequentially('!')
    await expect(rule).to_have_value('Be kind')
    await expect(strict).to_be_disabled()
    await expect(strict).to_be_checked()


async def test_an_action_that_changes_a_readonly_value_says_why_once(serve: Serve, open_tab: OpenTab) -> None:
    """Somebody clicks again before they read the notice."""
    ann = await open_tab(serve(READONLY).url)
    await ann.get_by_role('button', name='Relax').click(click_count=3)
    await expect(notices(ann)).to_contain_text('read-only')
    await expect(ann.get_by_role('switch', name='Strict')).to_be_checked()
    assert await notices(ann).get_by_role('alert').count() == 1


async def test_what_is_half_typed_may_be_wrong_until_it_is_right(serve: Serve, open_two: OpenTwo) -> None:
    """The field keeps the typed text and shows the reason; nobody else sees more than what fits."""
    ann, ben = await open_two(serve('checked_fields').url)
    year, amount = ann.get_by_label('Year'), ann.get_by_label('Amount')
    await year.press_sequentially('19')
    await expect(ann.get_by_text('This does not have the expected form')).to_be_visible()
    await expect(year).to_have_value('19')
    await year.press_sequentially('84')
    await expect(ben.locator('#year')).to_have_text('1984')
    await expect(ann.get_by_text('This does not have the expected form')).to_be_hidden()
    await amount.select_text()
    await amount.press_sequentially('4')
    await expect(ann.get_by_text('Enter 10 or more.')).to_be_hidden()  # the next key may complete it
    await amount.blur()
    await expect(ann.get_by_text('Enter 10 or more.')).to_be_visible()
    await amount.press('End')
    await amount.press_sequentially('200')
    await expect(ben.locator('#amount')).to_have_text('4200')
    await expect(notices(ann)).to_be_empty()


async def test_what_does_not_fit_stays_when_the_field_is_left(serve: Serve, open_two: OpenTwo) -> None:
    """With the reason, so that nobody believes it stored, until it is changed."""
    ann, ben = await open_two(serve('checked_fields').url)
    amount = ann.get_by_label('Amount')
    await amount.press('End')
    await amount.press_sequentially('0')
    await expect(ann.get_by_text('Enter 5000 or less.')).to_be_visible()
    await expect(amount).to_have_value('6000')
    await ann.get_by_label('Year').focus()
    await expect(amount).to_have_value('6000')
    await expect(ann.get_by_text('Enter 5000 or less.')).to_be_visible()
    await expect(ben.locator('#amount')).to_have_text('600')
    await amount.press('End')
    await amount.press('Backspace')
    await expect(ann.get_by_text('Enter 5000 or less.')).to_be_hidden()
    await amount.press('Backspace')
    await amount.press_sequentially('1')
    await expect(ben.locator('#amount')).to_have_text('601')
