"""Tests of every snippet of Dara's page "Persistence and Collaboration", as printed there, in real browsers.

`AS_PRINTED` ones are verbatim; what is around them is the least that makes an app of them. The custom backend, the
longest, is in `tests/apps`.
"""

from __future__ import annotations

import json
from asyncio import gather
from textwrap import indent

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab, OpenTwo, notices, status
from tests.conftest import Serve
from tests.repeats import repeated

QUERY_PARAM_AS_PRINTED = """
from dara.core import Variable
from dara.core.persistence import QueryParamStore
from dara.components import Stack, Tab, TabbedCard, Text

# State will be stored as a query param, i.e. `...?tab_selection=default_value`
tab_variable = Variable(
    default='tab1',
    store=QueryParamStore(query='tab_selection')
)

page_content = Stack(
    # The selected tab updates the URL query parameter
    TabbedCard(
        Tab(Text('Tab 1 content'), title='Tab 1'),
        Tab(Text('Tab 2 content'), title='Tab 2'),
        selected_tab=tab_variable
    )
)
"""

BROWSER_AS_PRINTED = """
from dara.core import Variable
from dara.core.persistence import BrowserStore
from dara.components import Input, Stack, Text

# User preferences stored in browser local storage
user_preferences = Variable(
    default={'theme': 'light', 'language': 'en'},
    store=BrowserStore()
)

page_content = Stack(
    Text('Your preferences are automatically saved locally'),
    Input(value=user_preferences.get('theme')),
    # State persists across page refreshes
)
"""

BACKEND_AS_PRINTED = """
from dara.core import Variable
from dara.core.persistence import BackendStore
from dara.components import Input

# Tag the variable to be "collaborative" and have a shared server state
collab_variable = Variable(default=1, store=BackendStore())

# Input value will automatically be kept in sync "live" for all users
Input(value=collab_variable)
"""

API_AS_PRINTED = """
from dara.core import Variable
from dara.core.persistence import BackendStore
from dara.components import Input

store = BackendStore()
collab_variable = Variable(default='default value', store=store)
"""

READ_AS_PRINTED = """
# get current value in the store
value = await store.read()
# store can also be accessed from the variable
value = await variable.store.read()
# or as a shortcut method on the variable itself (this raises an error if the store is not a BackendStore)
value = await variable.read()
"""

WRITE_AS_PRINTED = """
# write a new value to the store
await store.write('new value')
"""

DELETE_AS_PRINTED = """
# delete the existing value from the store
await store.delete()
"""

GET_ALL_AS_PRINTED = """
# get all value from the store - see `scope` section below for details
await store.get_all()
"""

FILE_AS_PRINTED = """
from dara.core import Variable
from dara.core.persistence import BackendStore, FileBackend
from dara.components import Input

collab_variable = Variable(
    default='default value',
    store=BackendStore(
        backend=FileBackend(path='path/to/file.json')
    )
)
"""

PARTIAL_AS_PRINTED = """
from dara.core import Variable
from dara.core.persistence import BackendStore

store = BackendStore()
# Initialize with some structured data
user_data = Variable(default={
    'user': {'name': 'John', 'age': 30},
    'items': ['apple', 'banana']
}, store=store)
"""

OPERATIONS_AS_PRINTED = """
# Apply specific patch operations
await store.write_partial([
    {'op': 'replace', 'path': '/user/age', 'value': 31},
    {'op': 'add', 'path': '/items/-', 'value': 'cherry'},
    {'op': 'add', 'path': '/user/city', 'value': 'New York'}
])
"""

WHOLE_AS_PRINTED = """
# Get current data
current = await store.read()
# Modify the data
updated_data = {
    **current,
    'user': {**current['user'], 'age': 32},
    'items': current['items'] + ['orange']
}

# Apply the changes - only the differences will be sent to clients
await store.write_partial(updated_data)
"""


def app(snippet: str, content: str, title: str = 'Page') -> str:
    """Return the snippet, and a page that shows something of it."""
    return f"""{snippet}
from dara.components import *
from dara.core import ConfigurationBuilder

config = ConfigurationBuilder()
config.add_page({title!r}, content={content})
"""


def as_action(name: str, snippet: str) -> str:
    """Return the snippet as the body of an action: the documentation has it without one."""
    return f"""
from dara.core import ActionCtx, action

@action
async def {name}(ctx: ActionCtx):
{indent(snippet, '    ')}
"""


# QueryParamStore


async def expect_tab(tab: Page, number: int) -> None:
    await expect(tab.get_by_role('tab', name=f'Tab {number}')).to_have_attribute('aria-selected', 'true')
    await expect(tab.get_by_text(f'Tab {number} content')).to_be_visible()


async def test_query_param_store(serve: Serve, open_tab: OpenTab) -> None:
    """The default names no tab, so the first one shows. The address follows; links, back and forward lead to a tab."""
    url = serve(app(QUERY_PARAM_AS_PRINTED, 'page_content')).url
    ann = await open_tab(f'{url}/page')
    await expect_tab(ann, 1)
    await ann.get_by_role('tab', name='Tab 2').click()
    await expect_tab(ann, 2)
    await expect(ann).to_have_url(f'{url}/page?tab_selection=Tab+2')
    await ann.reload()
    await expect_tab(ann, 2)
    ben = await open_tab(ann.url)
    await expect_tab(ben, 2)
    await ann.go_back()
    await expect_tab(ann, 1)
    await ann.go_forward()
    await expect_tab(ann, 2)
    await expect_tab(ben, 2)


# BrowserStore


async def test_browser_store(serve: Serve, open_tab: OpenTab) -> None:
    """Kept over a refresh, the same in a second tab at once, and nobody else's."""
    content = "Stack(page_content, Text(user_preferences.get('language'), id_='language'))"
    url = serve(app(BROWSER_AS_PRINTED, content)).url
    ann, ben = await gather(open_tab(url), open_tab(url))
    second = await open_tab(url, ann.context)
    theme = ann.get_by_role('textbox')
    await expect(theme).to_have_value('light')
    await theme.fill('dark')
    await expect(second.get_by_role('textbox')).to_have_value('dark')
    await second.get_by_role('textbox').fill('darker')
    await expect(theme).to_have_value('darker')
    await ann.reload()
    await expect(theme).to_have_value('darker')
    await expect(ann.locator('#language')).to_have_text('en')
    await ben.reload()
    await expect(ben.get_by_role('textbox')).to_have_value('light')


@pytest.mark.parametrize('value', [False, None, repeated(0), repeated('')])
async def test_browser_store_keeps_what_is_not_true(serve: Serve, open_tab: OpenTab, value: object) -> None:
    """It survives a refresh just as it is, although the default is something else."""
    snippet = f"""
from dara.core import Match, Variable
from dara.core.persistence import BrowserStore

kept = Variable(default='the default', store=BrowserStore())
when = {{{value!r}: Text('just so'), 'the default': Text('the default')}}
page_content = Stack(Button('Set', onclick=kept.update({value!r})), Match(kept, when=when, default=Text('else')))
"""
    ann = await open_tab(serve(app('from dara.components import *' + snippet, 'page_content')).url)
    await expect(ann.get_by_text('the default')).to_be_visible()
    await ann.get_by_role('button', name='Set').click()
    await expect(ann.get_by_text('just so')).to_be_visible()
    second = await open_tab(ann.url, ann.context)
    await expect(second.get_by_text('just so')).to_be_visible()
    await ann.reload()
    await expect(ann.get_by_text('just so')).to_be_visible()


# BackendStore


async def test_backend_store(serve: Serve, open_two: OpenTwo) -> None:
    """Both see every change, and a refresh keeps it."""
    ann, ben = await open_two(serve(app(BACKEND_AS_PRINTED, 'Input(value=collab_variable)')).url)
    await expect(ann.get_by_role('textbox')).to_have_value('1')
    await ann.get_by_role('textbox').fill('12')
    await expect(ben.get_by_role('textbox')).to_have_value('12')
    await ben.get_by_role('textbox').fill('123')
    await expect(ann.get_by_role('textbox')).to_have_value('123')
    await ann.reload()
    await expect(ann.get_by_role('textbox')).to_have_value('123')


async def test_reading_writing_and_deleting_in_actions(serve: Serve, open_two: OpenTwo) -> None:
    """The effect of one of them is seen by the other; both see the value that is read."""
    source = (
        API_AS_PRINTED
        + 'variable = collab_variable\n'
        + as_action('read', f'{READ_AS_PRINTED}\nawait ctx.notify(value)')
        + as_action('write', WRITE_AS_PRINTED)
        + as_action('delete', DELETE_AS_PRINTED)
        + as_action('get_all', GET_ALL_AS_PRINTED.replace('await', 'await ctx.notify(repr(await').rstrip() + '))')
    )
    buttons = ', '.join(f"Button('{name}', onclick={name}())" for name in ('read', 'write', 'delete', 'get_all'))
    ann, ben = await open_two(serve(app(source, f'Stack(Input(value=collab_variable), {buttons})')).url)
    await ann.get_by_role('button', name='read').click()
    await expect(notices(ann)).to_contain_text('default value')
    await ann.get_by_role('button', name='write').click()
    for tab in (ann, ben):
        await expect(tab.get_by_role('textbox')).to_have_value('new value')
    await ben.get_by_role('button', name='get_all').click()
    await expect(notices(ben)).to_contain_text("{'global': 'new value'}")
    await ben.get_by_role('textbox').fill('by hand')
    await expect(ann.get_by_role('textbox')).to_have_value('by hand')
    await ann.get_by_role('button', name='read').click()
    await expect(notices(ann)).to_contain_text('by hand')
    await ben.get_by_role('button', name='delete').click()
    for tab in (ann, ben):
        await expect(tab.get_by_role('textbox')).to_have_value('default value')


async def test_file_backend(serve: Serve, open_two: OpenTwo) -> None:
    """The directories are made; the file can be read by others, and is there after a crash."""
    server = serve(app(FILE_AS_PRINTED, 'Input(value=collab_variable)'))
    ann, ben = await open_two(server.url)
    await ann.get_by_role('textbox').fill('written')
    await expect(ben.get_by_role('textbox')).to_have_value('written')
    file = server.directory / 'path/to/file.json'
    assert json.loads(file.read_text()) == {'global': 'written'}
    server.kill()
    await expect(status(ben)).not_to_contain_text('Live')
    server.start()
    await ben.reload()
    await expect(ben.get_by_role('textbox')).to_have_value('written')


async def test_partial_updates(serve: Serve, open_two: OpenTwo) -> None:
    """By operations, and by a whole value; a field that somebody else is editing stays theirs."""
    source = PARTIAL_AS_PRINTED + as_action('operations', OPERATIONS_AS_PRINTED) + as_action('whole', WHOLE_AS_PRINTED)
    content = (
        "Stack(Input(value=user_data.get('user').get('name'), label='Name'), Text(user_data, id_='json'), "
        "Button('operations', onclick=operations()), Button('whole', onclick=whole()))"
    )
    ann, ben = await open_two(serve(app(source, content)).url)
    await ben.get_by_label('Name').fill('Johnny')
    await expect(ann.get_by_label('Name')).to_have_value('Johnny')
    await ann.get_by_role('button', name='operations').click()
    for tab in (ann, ben):
        await expect_value(tab, {'name': 'Johnny', 'age': 31, 'city': 'New York'}, ['apple', 'banana', 'cherry'])
    await ben.get_by_role('button', name='whole').click()
    for tab in (ann, ben):
        items = ['apple', 'banana', 'cherry', 'orange']
        await expect_value(tab, {'name': 'Johnny', 'age': 32, 'city': 'New York'}, items)


async def expect_value(tab: Page, user: object, items: object) -> None:
    text = json.dumps({'user': user, 'items': items}, separators=(',', ':'))
    await expect(tab.locator('#json')).to_have_text(text)


async def test_custom_backend(serve: Serve, open_two: OpenTwo) -> None:
    """An action changes the database, which tells its subscriber, and both browsers show it."""
    ann, ben = await open_two(serve('custom_backend').url)
    for tab in (ann, ben):
        await expect(tab.get_by_text('from the database', exact=True)).to_be_visible()
    await ann.get_by_role('button', name='Update data').click()
    for tab in (ann, ben):
        await expect(tab.get_by_text('from the database!', exact=True)).to_be_visible()
    await ben.get_by_role('button', name='Update data').click()
    for tab in (ann, ben):
        await expect(tab.get_by_text('from the database!!', exact=True)).to_be_visible()
