"""Tests of forms that save a draft, of mistakes that are shown at their fields, and of Enter beside a button."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.async_api import Dialog, Page, expect

from tests.browser.conftest import OpenTab, OpenTwo, notices, status
from tests.browser.test_forms import expect_text
from tests.conftest import Serve


async def test_a_form_saves_a_draft(serve: Serve, open_two: OpenTwo, tmp_path: Path) -> None:
    """It begins empty over a model that needs values, names all mistakes at once, and keeps what others save."""
    server = serve('saved_form', DATA_FILE=str(tmp_path / 'profile.json'))
    ann, ben = await open_two(f'{server.url}/profile')
    save = ann.get_by_role('button', name='Save')
    name, age = ann.get_by_label('Name'), ann.get_by_role('textbox', name='Age')
    await expect(save).to_be_enabled()  # also as it is: nothing is saved yet
    await name.press_sequentially('A')
    await expect(name).not_to_have_attribute('aria-invalid', 'true')  # while it is typed for the first time
    await ann.set_viewport_size({'width': 390, 'height': 400})
    await name.evaluate('(field) => scrollBy(0, field.getBoundingClientRect().bottom - 10)')
    await ann.locator('form').evaluate('(form) => form.requestSubmit()')
    await expect(name).to_be_focused()
    label, bar = (
        await ann.locator('label', has_text='Name').bounding_box(),
        await ann.get_by_role('banner').bounding_box(),
    )
    assert label
    assert bar
    assert label['y'] > bar['y'] + bar['height']  # it is not hidden
    await expect(name).to_have_accessible_description('Write at least 2 characters.')
    await expect(age).to_have_accessible_description('Fill this in.')
    await expect(ann.get_by_label('I accept')).to_have_accessible_description('Check this box to go on.')
    await name.fill('Ann')
    await expect(name).not_to_have_attribute('aria-invalid', 'true')
    await age.fill('17')
    await ann.get_by_label('I accept').check()
    await save.click()
    await expect(age).to_be_focused()
    await expect(age).to_have_accessible_description('Enter 18 or more. Clear')
    await age.fill('30')
    await ann.get_by_label('About').fill('grandmother')
    await save.click()
    await expect(ann.get_by_role('alert')).to_have_text('Nobody is a grandmother at this age.')
    await expect(ben.locator('#profile')).to_be_empty()
    await ann.get_by_label('About').fill('sister')
    await save.click()
    first = {'terms': True, 'name': 'Ann', 'age': 30, 'about': 'sister'}
    for tab in (ann, ben):
        await expect_text(tab, 'profile', first)
    await expect(ann.get_by_text('Saved', exact=True)).to_be_visible()
    await expect(ann.locator('#welcomed')).to_have_text('Hello Ann')
    await expect(save).to_be_disabled()
    await expect(ben.get_by_label('Name')).to_have_value('Ann')  # what is saved
    await ben.get_by_label('Name').fill('Anna')
    await ben.get_by_label('About').fill('')
    await age.fill('31')
    await save.click()
    await expect(ben.get_by_role('textbox', name='Age')).to_have_value('31')
    await expect(ben.get_by_label('Name')).to_have_value('Anna')  # his draft
    await expect(name).to_have_value('Ann')
    await ben.get_by_role('button', name='Save').click()
    await expect_text(ann, 'profile', {**first, 'name': 'Anna', 'age': 31, 'about': ''})
    await expect(name).to_have_value('Anna')
    await age.fill('12')
    await age.blur()
    await expect(age).to_have_accessible_description('Enter 18 or more. Stored: 31 Take the stored value')
    await age.fill('40')
    await age.fill('x')
    await age.blur()
    await expect(age).to_have_accessible_description(re.compile('Stored: 31'))  # not 40, which is the draft's
    await ann.get_by_role('button', name='Take the stored value').click()
    await expect(age).to_have_value('31')
    await age.fill('x')
    await name.fill('Nobody')
    await ann.get_by_role('button', name='Discard').click()
    await expect(name).to_have_value('Anna')
    await expect(age).to_have_value('31')
    await name.fill('Later')
    server.kill()
    await expect(status(ann).first).to_contain_text('Reconnecting')
    await save.click()
    await expect(ann.get_by_text('Saving…')).to_be_visible()
    server.start()
    await expect(ann.get_by_text('Saved', exact=True)).to_be_visible()
    await age.fill('x')  # nothing that can be saved, and so not saved
    await expect(ann.get_by_text('Not saved yet')).to_be_visible()
    await save.click()
    await expect(age).to_be_focused()
    await ann.get_by_role('button', name='Discard').click()
    await expect(age).to_have_value('31')
    await expect(ann.get_by_text('Saved', exact=True)).to_be_visible()
    await ann.reload()
    await expect(name).to_have_value('Later')
    assert 'Traceback' not in server.log


async def test_fields_that_nobody_touches_are_saved(serve: Serve, open_two: OpenTwo, tmp_path: Path) -> None:
    """A box counts as false, and other fields begin with the default of the type; no box needs a tick by its type."""
    server = serve('saved_form', DATA_FILE=str(tmp_path / 'profile.json'))
    ann, ben = await open_two(f'{server.url}/member')
    save = ann.get_by_role('button', name='Save')
    await expect(ann.get_by_label('Role')).to_have_value('reader')
    await expect(ann.get_by_label('Public')).to_be_checked()
    await expect(ann.get_by_label('Newsletter')).not_to_be_checked()
    await expect(ann.get_by_text('Not saved yet')).to_have_count(0)
    await save.click()
    await expect(ann.get_by_label('Name')).to_have_accessible_description('Fill this in.')
    await expect(ann.locator('[aria-invalid]')).to_have_count(1)
    await ann.get_by_label('Name').fill('Ann')
    await save.click()
    first = {'newsletter': False, 'is_public': True, 'role': 'reader', 'since': '2026-07-01', 'topics': []}
    await expect_members(ben, 'member', {'name': 'Ann', **first})
    await expect(save).to_be_disabled()
    await ben.get_by_label('Newsletter').check()
    await ben.get_by_label('Role').fill('')
    await ben.get_by_role('button', name='Save').click()
    await expect_members(ann, 'member', {'name': 'Ann', **first, 'newsletter': True, 'role': ''})
    await expect(ann.get_by_label('Role')).to_have_value('')
    await ann.get_by_role('button', name='Answer').click()
    await expect_text(ben, 'ads', {'ads': False})
    await expect(ann.get_by_role('button', name='Answer')).to_be_disabled()


async def expect_members(tab: Page, id_: str, members: dict[str, object]) -> None:
    """Check a value in any order of its members."""
    for name, value in members.items():
        await expect(tab.locator(f'#{id_}')).to_contain_text(f'"{name}":{json.dumps(value)}')


async def test_leaving_a_form_with_changes_is_asked_about(serve: Serve, open_tab: OpenTab, tmp_path: Path) -> None:
    """Not without changes; what was entered stays on the way through other pages of the app."""
    tab = await open_tab(f'{serve("saved_form", DATA_FILE=str(tmp_path / "profile.json")).url}/profile')
    await tab.get_by_label('Name').fill('Ann')
    await tab.get_by_role('link', name='Booking').click()
    await tab.get_by_role('link', name='Profile').click()
    await expect(tab.get_by_label('Name')).to_have_value('Ann')
    asked: list[str] = []

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.accept()

    tab.on('dialog', stay)
    await tab.reload()
    assert asked == ['beforeunload']
    await expect(tab.get_by_label('Name')).to_have_value('')
    await tab.reload()
    assert asked == ['beforeunload']


async def test_an_action_refuses_a_form(serve: Serve, open_tab: OpenTab, tmp_path: Path) -> None:
    """By a button of the app's own; what it says is at the fields, and no error of the app."""
    server = serve('saved_form', DATA_FILE=str(tmp_path / 'profile.json'))
    tab = await open_tab(f'{server.url}/booking')
    seat, guests, day = tab.get_by_label('Seat'), tab.get_by_label('Guests'), tab.get_by_label('Day')
    book = tab.get_by_role('button', name='Book a table')
    await expect(tab.get_by_role('button', name='Submit')).to_have_count(0)
    await seat.fill('A1')
    await guests.fill('11')
    await day.fill('2025-12-31')
    await day.blur()
    await expect(day).to_have_accessible_description(re.compile('Enter Jan 1, 2026 or later.'))
    await book.click()
    await expect(seat).to_be_focused()
    await expect(seat).to_have_accessible_description('This does not have the expected form.')
    await expect(guests).to_have_accessible_description(re.compile('Enter 10 or less.'))
    await expect(tab.get_by_role('combobox', name='Meal')).to_have_accessible_description('Fill this in.')
    await guests.fill('9')
    await guests.press('ArrowUp')
    await guests.press('ArrowUp')
    await expect(guests).to_have_value('10')
    await day.fill('2026-01-01')
    await tab.get_by_role('combobox', name='Meal').click()
    await tab.get_by_role('option', name='Stew').click()
    await seat.fill('taken')
    await seat.press('Enter')
    await expect(seat).to_have_accessible_description('Somebody else has this seat.')
    await expect(guests).to_have_accessible_description('There is room for 2.')
    await expect(seat).to_be_focused()
    await seat.fill('closed')
    await expect(seat).not_to_have_attribute('aria-invalid', 'true')
    await guests.fill('2')
    await book.click()
    await expect(tab.get_by_role('alert')).to_have_text('The restaurant is closed.')
    await seat.fill('free')
    await book.click()
    booked = {'seat': 'free', 'guests': 2, 'day': '2026-01-01', 'meal': 'Stew', 'dog': False}
    await expect_text(tab, 'booked', booked)
    await expect(notices(tab)).to_be_empty()
    await tab.get_by_role('button', name='Clear').click()
    await expect(seat).to_have_value('')
    assert 'Traceback' not in server.log
    assert 'ERROR' not in server.log


async def test_addresses_are_checked_as_browsers_check_them(serve: Serve, open_tab: OpenTab, tmp_path: Path) -> None:
    """The reason appears as soon as the field is left, in words; the server checks, too, if the page does not."""
    server = serve('saved_form', DATA_FILE=str(tmp_path / 'profile.json'))
    tab = await open_tab(f'{server.url}/contact')
    mail, site, code = (tab.get_by_label(name) for name in ('E-mail', 'Site', 'Code'))
    await mail.fill('ann')
    await mail.blur()
    await expect(mail).to_have_accessible_description('Enter an e-mail address such as name@example.org.')
    await site.fill('example.org')
    await tab.get_by_label('Phone').fill('0 30 / 12-3')
    await expect(site).to_have_accessible_description('Enter an address such as https://example.org.')
    await code.fill('abc')
    await tab.get_by_role('button', name='Send').click()
    await expect(code).to_have_accessible_description('Three capital letters, such as ABC.')
    await expect(mail).to_be_focused()
    await mail.fill(' ann@example.org ')
    await mail.blur()
    await expect(mail).to_have_value('ann@example.org')
    await site.fill(' https://example.org')
    await code.fill('ABC')
    await expect(tab.locator('[aria-invalid]')).to_have_count(0)
    await tab.evaluate(WITHOUT_CHECKS)
    await mail.fill('ben')
    await tab.get_by_role('button', name='Send').click()
    await expect(mail).to_have_accessible_description('Enter an e-mail address such as name@example.org.')
    await mail.fill(' ben@example.org ')
    await mail.press('Enter')
    await expect(notices(tab)).to_contain_text('Sent by ben@example.org')
    await expect(mail).to_have_value('ben@example.org')
    await tab.get_by_role('button', name='Send').click()
    await expect(notices(tab)).to_contain_text('Sent by ben@example.org')
    await leave_a_mistake_in_a_field_that_is_hidden(tab)
    server.kill()
    await expect(status(tab).first).to_contain_text('Reconnecting')
    await tab.get_by_role('button', name='Send').click()
    await expect(notices(tab)).to_contain_text('there is no connection')
    server.start()
    await expect(status(tab)).to_contain_text('Live')
    await expect(notices(tab)).not_to_contain_text('there is no connection')


async def leave_a_mistake_in_a_field_that_is_hidden(tab: Page) -> None:
    """Check that the form says so, and that a field that is not shown is not required."""
    more, note, send = tab.get_by_label('More'), tab.get_by_label('Note'), tab.get_by_role('button', name='Send')
    await tab.get_by_role('slider', name='An odd number').press('ArrowRight')
    await more.check(force=True)
    await send.click()
    await expect(note).to_have_accessible_description('Fill this in.')
    await note.fill('too long')
    await more.uncheck(force=True)
    await send.click()
    await expect(tab.get_by_role('alert')).to_have_text('Note: Write at most 5 characters.')
    await more.check(force=True)
    await expect(note).to_have_accessible_description('Write at most 5 characters.')
    await expect(tab.get_by_role('alert')).to_have_count(0)
    await note.fill('')
    await more.uncheck(force=True)
    await tab.get_by_label('E-mail').fill('carl@example.org')
    await send.click()
    await expect(notices(tab)).to_contain_text('Sent by carl@example.org')


WITHOUT_CHECKS = """() => {
    const test = RegExp.prototype.test
    RegExp.prototype.test = function (text) { return text === 'ben' || test.call(this, text) }
}"""


async def test_fields_have_the_limits_of_what_they_edit(serve: Serve, open_two: OpenTwo, tmp_path: Path) -> None:
    """Without a form, by the type of the store: bounds, steps, patterns, days; each says so when it is left."""
    ann, ben = await open_two(f'{serve("saved_form", DATA_FILE=str(tmp_path / "profile.json")).url}/ticket')
    seats, code, day = ann.get_by_label('Seats'), ann.get_by_label('Code'), ann.get_by_label('Day')
    await expect(seats).to_have_attribute('required', '')
    for typed, said in (('33.5', 'Enter a whole number.'), ('11', 'Enter 10 or less.'), ('', 'Fill this in.')):
        await seats.fill(typed)
        await seats.blur()
        await expect(seats).to_have_accessible_description(re.compile(said))
    await seats.fill('9')
    await seats.press('ArrowUp')
    await seats.press('ArrowUp')
    await expect(seats).to_have_value('10')
    await code.fill('abc')
    await code.blur()
    await expect(code).to_have_accessible_description(re.compile('Three capital letters, such as ABC.'))
    await code.fill('XYZ')
    await day.fill('2026-06-30')
    await day.blur()
    await expect(day).to_have_accessible_description(
        'Enter Jul 1, 2026 or later. Stored: Jul 15, 2026 Take the stored value'
    )
    await day.press('Escape')
    await expect(day).to_have_value('2026-07-15')
    await ann.get_by_label('Share').fill('1')
    await ann.get_by_role('slider', name='Row').press('ArrowRight')
    await expect(ann.get_by_label('Share')).to_have_accessible_description(re.compile('Enter less than 1.'))
    await expect_text(ben, 'ticket', {'seats': 10, 'code': 'XYZ', 'day': '2026-07-15', 'row': 5})


CHAT = """
    from dara.components import Button, Checkbox, For, Input, Stack, Text, Textarea
    from dara.core import ActionCtx, ConfigurationBuilder, Variable, action
    from dara.core.persistence import BackendStore

    settings, letter = Variable({'is_quiet': False}), Variable('')
    messages, draft, note = Variable([], store=BackendStore()), Variable(''), Variable('')

    @action
    async def send(ctx: ActionCtx, text: str):
        await messages.modify(lambda all: [*all, text])
        await ctx.update(draft, '')

    @action
    async def keep(ctx: ActionCtx, text: str):
        await messages.modify(lambda all: [*all, f'kept {text}'])

    config = ConfigurationBuilder()
    config.add_page('Chat', content=Stack(
        Input(value=draft, label='Message', onenter=send(draft), suggestions=['Hello', 'Bye']),
        Button('Send', onclick=send(draft)),
        Input(value=note, label='Note', oncomplete=keep(note)),
        Button('Keep', onclick=keep(note)),
        Textarea(value=letter, label='Letter', onenter=keep(letter)),
        Checkbox(value=settings.get('is_quiet')),
        For(messages, renderer=Text(messages.list_item)),
        Text(messages, id_='all'),
    ))
"""


async def test_enter_and_a_button_do_not_do_the_same_twice(serve: Serve, open_two: OpenTwo) -> None:
    """Enter sends, and so does the button; leaving the field does not, and with `oncomplete` it does so once."""
    ann, ben = await open_two(serve(CHAT).url)
    message, note = ann.get_by_label('Message'), ann.get_by_label('Note')
    await expect(ann.locator('datalist option')).to_have_count(2)
    await message.fill('one')
    await message.press('Enter')
    await expect(message).to_have_value('')
    await message.fill('two')
    await note.focus()
    await ann.get_by_role('button', name='Send').click()
    await expect_text(ben, 'all', ['one', 'two'])
    await note.fill('a')
    await ann.get_by_role('button', name='Keep').click()
    await ann.get_by_role('button', name='Keep').click()
    await note.fill('b')
    await note.press('Enter')
    await expect_text(ben, 'all', ['one', 'two', 'kept a', 'kept a', 'kept b'])
    letter = ann.get_by_label('Letter')
    await letter.fill('Dear')
    await letter.press('Shift+Enter')
    await ann.keyboard.type('Ben')
    await letter.press('Enter')
    await expect_text(ben, 'all', ['one', 'two', 'kept a', 'kept a', 'kept b', 'kept Dear\nBen'])
    await expect(letter).to_have_value('Dear\nBen')
    await expect(ann.get_by_role('checkbox')).to_have_accessible_name('Is quiet')  # the member that it edits
