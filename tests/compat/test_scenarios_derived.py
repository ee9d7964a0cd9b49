"""DerivedVariables as documented: in each other, by parts, in py_components and actions, and on demand."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.conftest import OpenTab, notices
from tests.compat.page import expect_texts, press
from tests.conftest import Serve


async def test_parts_of_a_derived_value_reach_whatever_uses_them(serve: Serve, open_tab: OpenTab) -> None:
    """Another DerivedVariable, a py_component and an action get the part alone."""
    ann = await open_tab(serve('compat_derived').url)
    await expect_texts(ann, net='6', gross='9', rounded='9 for 2 lines', invoice='invoice: 6.0 of [2, 3]')
    await press(ann, 'Announce')
    await expect(notices(ann)).to_contain_text('6.0 net, 9.0 gross')
    await ann.get_by_placeholder('price').fill('4')
    await expect_texts(ann, net='12', gross='18', rounded='18 for 2 lines', invoice="invoice: 12.0 of ['4', 3]")
    await press(ann, 'Announce')
    await expect(notices(ann)).to_contain_text('12.0 net, 18.0 gross')


async def test_without_deps_it_is_computed_on_demand(serve: Serve, open_tab: OpenTab) -> None:
    """It then gets the present values."""
    ann = await open_tab(serve('compat_derived').url)
    await expect_texts(ann, on_demand='priced at 2')
    await ann.get_by_placeholder('price').fill('8')
    await expect_texts(ann, net='24', on_demand='priced at 2')
    await press(ann, 'Compute')
    await expect_texts(ann, on_demand='priced at 8')


async def test_deps_say_which_changes_count(serve: Serve, open_tab: OpenTab) -> None:
    ann = await open_tab(serve('compat_derived').url)
    await expect_texts(ann, of_count='2 x 3')
    await ann.get_by_placeholder('price').fill('8')
    await expect_texts(ann, net='24', of_count='2 x 3')
    await ann.get_by_placeholder('count').fill('1')
    await expect_texts(ann, net='8', of_count='8 x 1')


async def test_a_variable_made_from_a_derived_one_follows_until_it_is_edited(serve: Serve, open_tab: OpenTab) -> None:
    """After a reset, it follows again."""
    ann = await open_tab(serve('compat_derived').url)
    estimate = ann.get_by_placeholder('estimate')
    await expect(estimate).to_have_value('9')
    await ann.get_by_placeholder('count').fill('4')
    await expect(estimate).to_have_value('12')
    await estimate.fill('15')
    await ann.get_by_placeholder('count').fill('10')
    await expect_texts(ann, gross='30')
    await expect(estimate).to_have_value('15')
    await press(ann, 'As computed')
    await expect(estimate).to_have_value('30')
    await ann.get_by_placeholder('count').fill('2')
    await expect(estimate).to_have_value('6')


async def test_py_components_return_py_components(serve: Serve, open_tab: OpenTab) -> None:
    """Those defined beside each other, and those that an outer one defines."""
    ann = await open_tab(serve('compat_nested').url)
    for text in ('tree 7', 'branch 7', 'leaf 7 km', 'outer 7', 'middle 7', 'inner 7 7', 'twice 14'):
        await expect(ann.get_by_text(text, exact=True)).to_be_visible()
    await ann.get_by_placeholder('unit').fill('miles')
    await expect(ann.get_by_text('leaf 7 miles', exact=True)).to_be_visible()
    await ann.get_by_placeholder('counter').fill('21')
    for text in ('inner 7 21', 'twice 42', 'outer 7'):
        await expect(ann.get_by_text(text, exact=True)).to_be_visible()
    await ann.get_by_placeholder('number').fill('8')
    for text in ('tree 8', 'branch 8', 'leaf 8 miles', 'outer 8', 'middle 8'):
        await expect(ann.get_by_text(text, exact=True)).to_be_visible()
