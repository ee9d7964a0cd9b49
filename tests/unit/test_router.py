"""Tests of routes: the addresses of an app, their content, and the messages about mistakes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dara.components import Stack, Text
from dara.core import ConfigurationBuilder, Variable
from dara.core._addresses import addresses_of, find
from dara.core._pattern import match, parse
from dara.core.component import ComponentInstance
from dara.core.configuration import Configuration
from dara.core.errors import InvalidDefinition
from dara.core.router import IndexRoute, LayoutRoute, Outlet, PageRoute, PrefixRoute
from dara.core.visual.components import Link, MenuLink, RouterPath, SideBarFrame

GOLDEN = json.loads((Path(__file__).parent.parent / 'golden' / 'routes.json').read_text())


def layout() -> ComponentInstance:
    return Stack(Text('around'), Outlet())


def addresses(config: ConfigurationBuilder) -> list[str]:
    return [each['path'] for each in config.router.get_navigable_routes()]


def chains(configuration: Configuration) -> dict[str, tuple[str, ...]]:
    return {route.address.pattern: route.chain for route in configuration.routes}


@pytest.mark.parametrize('case', GOLDEN, ids=lambda case: f'{case["path"]} among {" ".join(case["patterns"])}')
def test_a_path_matches_the_most_specific_pattern(case: dict[str, Any]) -> None:
    """The client passes the same golden cases."""
    config = ConfigurationBuilder()
    for pattern in case['patterns']:
        config.router.add_page(path=pattern, content=Text(pattern))
    found = find(addresses_of(config.router.children), case['path'])
    assert (found and found[0].pattern) == case['route']
    assert (found and found[1]) == case['params']


def test_case_is_ignored_unless_a_route_is_case_sensitive() -> None:
    assert match(parse('/About'), '/about') == {}
    assert match(parse('/About'), '/about', case_sensitive=True) is None


def test_routes_nest_as_documented() -> None:
    """There are pages in pages, indexes, layouts without an address, and prefixes without content."""
    config = ConfigurationBuilder()
    config.router.add_index(content=Text('Welcome'))
    products = config.router.add_page(path='products', content=layout)
    products.add_page(path='featured', content=Text('Featured'))
    dashboard = config.router.add_page(path='dashboard', content=layout)
    dashboard.add_index(content=Text('Home'))
    marketing = config.router.add_layout(content=layout)
    marketing.add_page(path='features', content=Text('Features'))
    blog = config.router.add_prefix(path='blog')
    blog.add_page(path=':slug', content=Text('A post'))
    assert chains(config.build()) == {
        '/': ('/',),
        '/products': ('/products',),
        '/products/featured': ('/products', '/products/featured'),
        '/dashboard': ('/dashboard', '/dashboard/'),
        '/features': ('(1)', '/features'),
        '/blog/:slug': ('/blog/:slug',),
    }


def test_the_same_routes_can_be_declared_at_once() -> None:
    config = ConfigurationBuilder()
    config.router.set_children(
        [
            IndexRoute(content=Text('Home')),
            LayoutRoute(content=layout, children=[PageRoute(path='profile', content=Text('Profile'))]),
            PrefixRoute(
                path='blog', children=[IndexRoute(content=Text('Blog')), PageRoute(path=':slug', content=layout)]
            ),
        ]
    )
    assert addresses(config) == ['/', '/profile', '/blog', '/blog/:slug']


def test_a_route_has_a_name_an_id_and_metadata() -> None:
    """Missing ones are made of the path or of the name of the function; `config.add_page` adds to the same routes."""
    config = ConfigurationBuilder()
    config.router.add_page(
        path='admin', content=Text(''), name='Administration', id='admin-panel', metadata={'role': 'admin'}
    )
    config.router.add_page(path='user-settings/:id', content=Text(''))
    config.add_page('Notes', content=Text(''))
    assert config.router.get_navigable_routes() == [
        {'path': '/admin', 'name': 'Administration', 'id': 'admin-panel', 'metadata': {'role': 'admin'}},
        {'path': '/user-settings/:id', 'name': 'User settings', 'id': '/user-settings/:id', 'metadata': {}},
        {'path': '/notes', 'name': 'Notes', 'id': '/notes', 'metadata': {}},
    ]


def test_functions_get_the_parameters_that_they_name() -> None:
    """Including parameters of parent routes; each is a variable in the address."""
    given: dict[str, Any] = {}

    def post(slug: Variable[str], comment: Variable[str | None], limit: int = 3) -> ComponentInstance:
        given.update(slug=slug, comment=comment, limit=limit)
        return Text(slug)

    config = ConfigurationBuilder()
    blog = config.router.add_prefix(path=':slug')
    blog.add_page(path='posts/:comment?', content=post)
    level = config.build().levels['/:slug/posts/:comment?']
    assert level.tree.variables['path.slug']._definition == {'kind': 'param', 'name': 'slug', 'default': None}
    assert (given['slug'].uid, given['comment'].uid, given['limit']) == ('path.slug', 'path.comment', 3)


def wrong(*routes: Any, default_path: str | None = None, template: str = 'top') -> Callable[[], object]:
    def build() -> object:
        config = ConfigurationBuilder()
        config.template = template
        config.router.set_children(routes)
        config.router.default_path = default_path
        return config.build()

    return build


def page(path: Any, content: Any = None, **options: Any) -> PageRoute:
    return PageRoute(path=path, content=Text('x') if content is None else content, **options)


def wants_name(name: Variable[str]) -> ComponentInstance:
    return Text(name)


@pytest.mark.parametrize(
    ('build', 'message'),
    [
        (wrong(page('a', name='One'), page('A/', name='Two')), "Pages 'One' and 'Two' have one address, /A"),
        (wrong(page(':id'), page(':name')), 'have one address, /:name'),
        (wrong(page('a', id='x'), page('b', id='x')), "Two routes have the id 'x'"),
        (wrong(page('a'), default_path='/b'), "router.default_path: no page is at '/b'; there are /a"),
        (wrong(page('a/:id/:id')), "The page route '/a/:id/:id': two of its parameters are called 'id'"),
        (wrong(page('*/a')), "'*' takes the rest of the address"),
        (wrong(page('a//b')), "'' cannot be a part of an address"),
        (wrong(page('a-:id')), "'a-:id' is none"),
        (wrong(page(':1')), "'1' is no name for a parameter"),
        (wrong(page(':splat')), "'splat' is what * is called"),
        (wrong(page(3)), "A page route has a path such as 'notes/:id', not 3"),
        (wrong(page('_dara/x')), "'/_dara' is reserved for Dara"),
        (
            wrong(page('users', wants_name)),
            "The function of the page '/users' takes 'name', but its address has no para",
        ),
        (wrong(page('users/:id', wants_name)), "takes 'name', but the parameters of its address are 'id'"),
        (wrong(page('a', 3)), "The page '/a' must show a component, not 3"),
        (wrong(page('a', on_load=print)), "The page '/a': on_load takes actions such as load(), not <built-in"),
        (wrong(Text('x')), 'set_children takes IndexRoute, PageRoute, PrefixRoute and LayoutRoute, not Text'),
        (wrong(page('a'), template='bottom'), "config.template is 'top', 'side' or 'blank', not 'bottom'"),
        (lambda: RouterPath('/:a', params={'b': 1}), "RouterPath '/:a' has no parameter 'b'"),
        (wrong(), 'The app has no page'),
    ],
)
def test_a_mistake_names_the_route(build: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        build()
    assert message in str(caught.value)


def test_a_layout_that_never_shows_its_pages_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    wrong(LayoutRoute(content=Text('no outlet'), children=[page('a')]))()
    assert "The layout '(1)' has routes below it, but no Outlet()" in caplog.text


def test_the_first_of_the_shortest_addresses_is_the_default_page() -> None:
    """It needs no parameter; an app may set another one."""
    config = ConfigurationBuilder()
    config.router.add_page(path=':id', content=Text(''))
    config.router.add_page(path='a/b', content=Text(''))
    config.router.add_page(path='c/:d?', content=Text(''))
    assert config.build().default_path == '/a/b'
    config.router.add_page(path='e', content=Text(''))
    assert config.build().default_path == '/e'
    config.router.default_path = 'a/b'
    assert config.build().default_path == '/a/b'


def test_the_menu_has_the_pages_with_a_name() -> None:
    """An app without such pages shows those without a layout and without a parameter."""
    config = ConfigurationBuilder()
    config.router.add_page(path='one', content=Text(''))
    config.router.add_page(path='two/:id', content=Text(''))
    config.router.add_layout(content=layout).add_page(path='three', content=Text(''))
    assert [(each.id, each.in_menu, each.is_framed) for each in config.build().routes] == [
        ('/one', True, True),
        ('/two/:id', False, True),
        ('/three', False, False),
    ]
    config.add_page('Four', content=Text(''))
    assert [each.id for each in config.build().routes if each.in_menu] == ['/four']


def test_links_and_frames_take_text_components_and_variables() -> None:
    chosen = Variable('ann', uid='chosen')
    link = Link('To ', Text(chosen), to=RouterPath('/users/:id', params={'id': chosen}), active_css={'color': 'red'})
    assert [each._drawn_with for each in link.children] == ['Text', 'Text']
    assert link.to == '/users/:id'
    assert MenuLink('Home', to='/').prefetch
    frame = SideBarFrame(side_bar=Stack(MenuLink('Home', to='/')), content=Outlet())
    assert [each._drawn_with for each in frame.content] == ['Outlet']


def test_the_documentation_runs_as_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its parts make one app."""
    monkeypatch.chdir(tmp_path)
    Path('public').mkdir()
    text = (Path(__file__).parents[2] / 'docs' / 'pages.md').read_text()
    pieces = [piece.partition('```')[0] for piece in text.split('```python\n')[1:]]
    names: dict[str, Any] = {'__name__': 'documented'}
    exec(compile('\n'.join(pieces), 'pages.md', 'exec', dont_inherit=True), names)
    patterns = {route.address.pattern for route in names['config'].build().routes}
    assert {'/overview', '/notes/:id/:version?', '/members', '/shop', '/shop/basket', '/admin/users'} < patterns
