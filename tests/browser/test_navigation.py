"""Tests of going from page to page: without loading anew, and with everything that a browser's own links can do."""

from __future__ import annotations

import re

from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import OpenTab, completed
from tests.built import script_of
from tests.conftest import Serve


async def mark(tab: Page) -> None:
    """Leave something behind that a page loaded anew would not have."""
    await tab.evaluate('window.mark = 1')


async def expect_same_document(tab: Page) -> None:
    assert await tab.evaluate('window.mark') == 1


async def test_links_and_the_menu_do_not_load_the_page_anew(serve: Serve, open_tab: OpenTab) -> None:
    """The address, the title and the menu follow."""
    ann = await open_tab(serve('navigation').url)
    await expect(ann).to_have_title('Home · App')
    await mark(ann)
    await ann.get_by_role('navigation').get_by_role('link', name='Slider').click()
    await expect(ann.get_by_role('heading')).to_have_text('from the store')
    await expect(ann).to_have_title('Slider · App')
    await expect(ann).to_have_url(re.compile('/slider$'))
    await expect(ann.get_by_role('link', name='Slider')).to_have_attribute('aria-current', 'page')
    await expect(ann.get_by_role('main')).to_be_focused()
    await ann.get_by_role('link', name='Home').click()
    await ann.get_by_role('link', name='Away').click()
    await expect(ann.get_by_role('heading')).to_have_text('ann')
    await expect_same_document(ann)


async def test_the_first_page_has_its_own_address(serve: Serve, open_tab: OpenTab) -> None:
    """The root leads there, and the query goes along."""
    ann = await open_tab(f'{serve("navigation").url}/?from=mail')
    await expect(ann).to_have_url(re.compile(r'/home\?from=mail$'))


async def test_an_action_navigates_without_loading_anew(serve: Serve, open_tab: OpenTab) -> None:
    ann = await open_tab(serve('navigation').url)
    await mark(ann)
    await ann.get_by_role('button', name='Go').click()
    await expect(ann.get_by_role('heading')).to_have_text('zoe')
    await expect(ann).to_have_url(re.compile(r'/users/zoe\?tab=1$'))
    await ann.get_by_role('banner').get_by_role('link', name='App', exact=True).click()
    await expect(ann.get_by_role('heading')).to_have_text('Home')
    await expect_same_document(ann)


async def test_back_and_forward_and_where_the_page_was_scrolled_to(serve: Serve, open_tab: OpenTab) -> None:
    """A new page begins at its top; back, it is where it was left."""
    ann = await open_tab(f'{serve("navigation").url}/long')
    await mark(ann)
    await ann.get_by_role('link', name='End').scroll_into_view_if_needed()
    left = await ann.evaluate('scrollY')
    assert left > 1000
    await ann.get_by_role('link', name='End').click()
    await expect(ann.get_by_role('heading')).to_have_text('Home')
    await ann.wait_for_function('() => scrollY === 0')
    await ann.go_back()
    await expect(ann.get_by_text('line 199')).to_be_visible()
    await ann.wait_for_function('(left) => Math.abs(scrollY - left) < 2', arg=left)
    await ann.go_forward()
    await expect(ann.get_by_role('heading')).to_have_text('Home')
    await expect_same_document(ann)


async def test_a_parameter_of_the_address_is_a_variable_both_ways(serve: Serve, open_tab: OpenTab) -> None:
    """A deep link shows it, typing changes the address, a link changes the field."""
    ann = await open_tab(f'{serve("navigation").url}/users/ann')
    field = ann.get_by_label('User')
    await expect(field).to_have_value('ann')
    await mark(ann)
    await field.press('End')
    await field.press_sequentially('ie/é')
    await expect(ann.get_by_role('heading')).to_have_text('annie/é')
    await expect(ann).to_have_url(re.compile('/users/annie%2F%C3%A9$'))
    await ann.reload()
    await expect(field).to_have_value('annie/é')
    await mark(ann)
    await ann.get_by_role('link', name='To bob').click()
    await expect(field).to_have_value('bob')
    await ann.get_by_role('link', name='To the chosen').click()
    await expect(field).to_have_value('ben')
    await ann.go_back()
    await expect(field).to_have_value('bob')
    await expect_same_document(ann)


async def test_the_rest_of_an_address_is_a_parameter_too(serve: Serve, open_tab: OpenTab) -> None:
    ann = await open_tab(f'{serve("navigation").url}/files/docs/read%20me.txt')
    await expect(ann.get_by_role('heading')).to_have_text('docs/read me.txt')


async def test_a_layout_that_two_pages_share_stays_as_it_is(serve: Serve, open_tab: OpenTab) -> None:
    """The text typed into its field is still there, and so is the focus."""
    ann = await open_tab(f'{serve("navigation").url}/shop/apples')
    search = ann.get_by_label('Search')
    await search.fill('green')
    await search.evaluate('field => { field.marked = true; field.focus() }')
    await ann.get_by_role('button', name='Go to pears').evaluate('button => button.click()')
    await expect(ann.get_by_role('heading')).to_have_text('Pears')
    await expect(search).to_have_value('green')
    await expect(search).to_be_focused()
    assert await search.evaluate('field => field.marked')
    await expect(ann.get_by_role('link', name='Pears')).to_have_attribute('aria-current', 'page')
    await expect(ann.get_by_role('link', name='Apples')).not_to_have_attribute('aria-current', 'page')


async def test_what_a_page_loads_is_there_when_it_is_shown(serve: Serve, open_tab: OpenTab) -> None:
    """`on_load` runs before, knows the parameters, and can lead elsewhere."""
    url = serve('navigation').url
    ann = await open_tab(url)
    await ann.get_by_role('link', name='Item').click()
    await expect(ann.get_by_role('heading')).to_have_text('loaded 7')
    await ann.go_back()
    await expect(ann.get_by_role('heading')).to_have_text('Home')
    await ann.get_by_role('link', name='Secret').click()
    await expect(ann).to_have_url(re.compile('/home$'))
    ben = await open_tab(f'{url}/items/8')
    await expect(ben.get_by_role('heading')).to_have_text('loaded 8')


async def test_a_page_is_fetched_when_it_is_visited(serve: Serve, open_tab: OpenTab) -> None:
    """Its code and its data; or a moment before, when the pointer is on a link that says so."""
    ann = await open_tab(serve('navigation').url)
    await expect(ann.get_by_role('heading')).to_have_text('Home')
    asked: list[str] = []
    ann.on('request', lambda request: asked.append(request.url))
    async with ann.expect_request(re.compile('/_dara/page')):
        await ann.get_by_role('link', name='Away').hover()
    await ann.get_by_role('link', name='Away').click()
    await expect(ann.get_by_role('heading')).to_have_text('ann')
    assert len([url for url in asked if '/_dara/page' in url]) == 1
    assert not [url for url in asked if script_of('Slider') in url]
    await ann.get_by_role('link', name='Slider').click()
    await expect(ann.get_by_role('slider')).to_be_visible()
    assert [url for url in asked if script_of('Slider') in url]


async def test_clicks_that_mean_another_tab_are_the_browsers(serve: Serve, open_tab: OpenTab) -> None:
    ann = await open_tab(serve('navigation').url)
    async with ann.context.expect_page() as opened:
        await ann.get_by_role('link', name='Away').click(modifiers=['Control'])
    other = await opened.value
    await expect(other.get_by_role('heading')).to_have_text('ann')
    async with ann.context.expect_page() as opened:
        await ann.get_by_role('link', name='Tab', exact=True).click()
    await expect(ann.get_by_role('heading')).to_have_text('Home')


async def test_a_link_to_no_page_of_the_app_leaves_it(serve: Serve, browser: Browser) -> None:
    """The server says that there is none. (The console tells of it, too, so this tab may complain.)"""
    tab = await browser.new_page()
    await tab.goto(serve('navigation').url)
    await tab.get_by_role('link', name='Elsewhere').click()
    await expect(tab.get_by_role('heading')).to_have_text('There is no such page')
    await tab.context.close()


async def test_a_page_that_cannot_be_fetched_leaves_the_old_one(serve: Serve, open_tab: OpenTab) -> None:
    """The server is away: the page stays, and says so; when it is back, the link works."""
    server = serve('navigation')
    ann = await open_tab(server.url)
    await expect(ann.get_by_role('status')).to_contain_text('Live')
    await completed(ann)
    server.kill()
    await ann.get_by_role('link', name='Long').click()
    await expect(ann.get_by_text('The page could not be fetched')).to_be_visible()
    await expect(ann.get_by_role('heading')).to_have_text('Home')
    server.start()
    await expect(ann.get_by_role('status')).to_contain_text('Live')
    await ann.get_by_role('link', name='Long').click()
    await expect(ann.get_by_text('line 199')).to_be_attached()


async def test_on_a_phone_the_side_bar_is_a_drawer(serve: Serve, open_tab: OpenTab) -> None:
    """It opens with a button, and closes when one goes to another page."""
    ann = await open_tab(serve('navigation', TEMPLATE='side').url, viewport={'width': 400, 'height': 700})
    link = ann.get_by_role('navigation').get_by_role('link', name='Long')
    await expect(link).to_be_hidden()
    await ann.get_by_role('button', name='Menu').click()
    await link.click()
    await expect(ann.get_by_text('line 0')).to_be_visible()
    await expect(link).to_be_hidden()
    wide = await open_tab(ann.url, viewport={'width': 1280, 'height': 700})
    await expect(wide.get_by_role('navigation').get_by_role('link', name='Long')).to_be_visible()
    await expect(wide.get_by_role('button', name='Menu')).to_be_hidden()


async def test_a_layout_of_the_apps_own_is_all_there_is(serve: Serve, open_tab: OpenTab) -> None:
    """No header but its own; of the connection only what is wrong."""
    server = serve("""
        from dara.components import Heading, Stack
        from dara.core import ConfigurationBuilder
        from dara.core.router import Outlet

        config = ConfigurationBuilder()
        config.router.add_layout(content=Stack(Heading('Mine'), Outlet())).add_index(content=Heading('Page', level=2))
    """)
    ann = await open_tab(server.url)
    await expect(ann.get_by_role('heading')).to_have_text(['Mine', 'Page'])
    await expect(ann.get_by_role('banner')).to_have_count(0)
    await expect(ann.get_by_role('status')).to_be_hidden()
    server.kill()
    await expect(ann.get_by_role('status')).to_contain_text('Reconnecting')


async def test_a_page_that_loads_slowly_holds_the_one_before_it(serve: Serve, open_tab: OpenTab) -> None:
    """A line on top tells that something goes on; with a fallback that is shown instead."""
    url = serve('slow_pages').url
    ann, ben, other = await open_tab(url), await open_tab(f'{url}/busy'), await open_tab(f'{url}/open')
    await ann.get_by_role('link', name='Held').click()
    await expect(ann.locator('.dara-progress')).to_be_visible()
    await expect(ann.get_by_role('heading')).to_have_text('Home')
    await expect(ben.get_by_text('One moment')).to_be_visible()
    grey = await open_tab(f'{url}/grey')
    await expect(grey.locator('main [aria-busy]')).to_be_visible()
    await other.get_by_role('button', name='Open').click()
    await expect(ann.get_by_role('heading')).to_have_text('Held')
    await expect(ann.locator('.dara-progress')).to_have_count(0)
    await expect(ben.get_by_role('heading')).to_have_text('Busy')
    await expect(grey.get_by_role('heading')).to_have_text('Grey')


async def test_who_goes_elsewhere_meanwhile_is_not_brought_back(serve: Serve, open_tab: OpenTab) -> None:
    """The page that was asked for last is the one that is shown."""
    url = serve('slow_pages').url
    ann = await open_tab(url)
    await ann.get_by_role('link', name='Held').click()
    await expect(ann.locator('.dara-progress')).to_be_visible()
    await ann.get_by_role('link', name='Open').click()
    await ann.get_by_role('button', name='Open').click()
    await ann.get_by_role('link', name='Held').click()
    await expect(ann.get_by_role('heading')).to_have_text('Held')
    await ann.go_back()
    await expect(ann.get_by_role('heading')).to_have_text('Open')
    await ann.go_back()
    await expect(ann.get_by_role('heading')).to_have_text('Home')


async def test_what_was_typed_is_there_when_one_comes_back(serve: Serve, open_tab: OpenTab) -> None:
    """A variable of the tab lives as long as the tab."""
    ann = await open_tab(serve('slow_pages').url)
    await ann.get_by_label('Typed').fill('a word')
    await ann.get_by_role('link', name='Open').click()
    await expect(ann.get_by_role('heading')).to_have_text('Open')
    await ann.get_by_role('link', name='Home').click()
    await expect(ann.get_by_label('Typed')).to_have_value('a word')


async def test_a_user_sees_their_name_and_can_log_out(serve: Serve, open_tab: OpenTab) -> None:
    ann = await open_tab(serve('slow_pages', LOGIN='Ann Lee').url)
    await ann.get_by_label('Name').fill('Ann Lee')
    await ann.locator('[type=password]').fill('a password')
    await ann.keyboard.press('Enter')
    await expect(ann.get_by_role('heading')).to_have_text('Home')
    await expect(ann.get_by_role('banner')).to_contain_text('Ann Lee')
    await ann.get_by_role('button', name='Log out').click()
    await expect(ann).to_have_url(re.compile('/login'))


async def test_breadcrumbs_of_the_pages_on_show(serve: Serve, open_tab: OpenTab) -> None:
    """`router.route_matches`; they follow the address."""
    server = serve('breadcrumbs')
    ann = await open_tab(f'{server.url}/people/ann')
    links = ann.get_by_role('link')
    await expect(links).to_have_text(['People', 'Person'])
    await ann.get_by_label('Id').fill('ben')
    await expect(links.nth(1)).to_have_attribute('href', '/people/ben')
    await links.nth(0).click()
    await expect(ann.get_by_role('heading')).to_have_text('All')
    await expect(links).to_have_text(['People', 'All'])
