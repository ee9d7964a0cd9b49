"""The colour scheme of an app that a variable holds, and variables that a page resets."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab, OpenTwo
from tests.conftest import Serve

THEME = """
from dara.components import ButtonBar, Heading, Link, Stack
from dara.core import ConfigurationBuilder, Variable
from dara.core.persistence import BackendStore

theme = Variable('dark'{store})
config = ConfigurationBuilder()
config.set_theme(main_theme=theme)
config.add_page('Settings', Stack(Heading('Settings'), ButtonBar(items=['light', 'dark', 'auto'], value=theme)))
config.add_page('Other', Heading('Other'))
"""

RESET = """
from dara.components import Input, Stack, Text
from dara.core import ConfigurationBuilder, Variable

name, visits = Variable('nobody'), Variable(0)
config = ConfigurationBuilder()
config.add_page('Form', Stack(Input(value=name), Text(name)), reset_vars_on_load=[name], on_load=visits.update(1))
config.add_page('Result', Stack(Text(name), Text(visits)))
"""


async def expect_scheme(tab: Page, scheme: str) -> None:
    await expect(tab.locator('html')).to_have_attribute('data-mantine-color-scheme', scheme)


async def test_a_variable_is_the_theme_of_every_page_at_once(serve: Serve, open_two: OpenTwo) -> None:
    """Also of the other person's page, which does not show the variable."""
    server = serve(THEME.format(store=', store=BackendStore()'))
    ann, ben = await open_two(f'{server.url}/settings')
    await ben.get_by_role('link', name='Other').click()
    await expect(ben.get_by_role('heading', name='Other')).to_be_visible()
    await expect_scheme(ann, 'dark')
    await expect_scheme(ben, 'dark')
    await expect(ben.get_by_role('button', name='Use light mode')).to_have_count(0)
    await ann.get_by_text('light', exact=True).click()
    await expect_scheme(ann, 'light')
    await expect_scheme(ben, 'light')
    await ben.reload(wait_until='commit')
    await expect_scheme(ben, 'light')


async def test_a_variable_of_the_tab_is_its_theme(serve: Serve, open_tab: OpenTab) -> None:
    """`'auto'` is the scheme of the system. A choice from before the app had the variable does not count."""
    ann = await open_tab(f'{serve(THEME.format(store="")).url}/settings', color_scheme='light')
    await expect_scheme(ann, 'dark')
    await ann.get_by_text('auto', exact=True).click()
    await expect_scheme(ann, 'light')
    await ann.emulate_media(color_scheme='dark')
    await expect_scheme(ann, 'dark')
    await ann.evaluate("localStorage.setItem('mantine-color-scheme-value', 'light')")
    await ann.reload()
    await expect(ann.get_by_role('heading', name='Settings')).to_be_visible()
    await expect_scheme(ann, 'dark')


async def test_a_page_resets_its_variables_when_it_is_loaded(serve: Serve, open_tab: OpenTab) -> None:
    ann = await open_tab(f'{serve(RESET).url}/form')
    await ann.get_by_role('textbox').fill('Ann')
    await ann.get_by_role('link', name='Result').click()
    await expect(ann.get_by_text('Ann', exact=True)).to_be_visible()
    await expect(ann.get_by_text('1', exact=True)).to_be_visible()
    await ann.get_by_role('link', name='Form').click()
    await expect(ann.get_by_role('textbox')).to_have_value('nobody')
