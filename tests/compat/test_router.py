"""Routes, declared as documented."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dara.components import Stack, Text
from dara.core import ComponentInstance, ConfigurationBuilder, Outlet, Variable
from dara.core.configuration import Configuration
from dara.core.errors import InvalidDefinition
from dara.core.router import IndexRoute, LayoutRoute, PageRoute, PrefixRoute, Router


def built(router: Router) -> Configuration:
    config = ConfigurationBuilder()
    config.router = router
    return config.build()


def addresses(configuration: Configuration) -> list[str]:
    return [entry.address.pattern for entry in configuration.routes]


def frame() -> ComponentInstance:
    return Stack(Text('frame'), Outlet())


def home() -> IndexRoute:
    return IndexRoute(content=Text('home'))


def about() -> PageRoute:
    return PageRoute(path='about', content=Text('about'))


@pytest.mark.parametrize(
    'make',
    [
        lambda: Router(home(), about()),
        lambda: Router(children=[home(), about()]),
        lambda: Router(LayoutRoute(home(), about(), content=frame)),
        lambda: Router(LayoutRoute(content=frame, children=[home(), about()])),
    ],
)
def test_routes_are_given_by_position_or_as_children(make: Callable[[], Router]) -> None:
    assert addresses(built(make())) == ['/', '/about']


def test_pages_and_prefixes_take_routes_by_position() -> None:
    router = Router(
        PageRoute(home(), PageRoute(path='edit', content=Text('edit')), path='notes/:id', content=frame, name='Note'),
        PrefixRoute(home(), about(), path='blog', case_sensitive=True),
        default_path='/blog',
    )
    configuration = built(router)
    assert addresses(configuration) == ['/notes/:id', '/notes/:id/edit', '/blog', '/blog/about']
    assert configuration.default_path == '/blog'
    assert [len(entry.chain) for entry in configuration.routes] == [2, 2, 1, 1]
    assert [entry.address.case_sensitive for entry in configuration.routes] == [False, False, True, True]


def test_groups_take_children_later() -> None:
    config = ConfigurationBuilder()
    blog = config.router.add_prefix(path='blog', fallback=Text('wait'))
    blog.set_children([home()])
    config.router.add_layout(content=frame, case_sensitive=True).add_page(path='Page', content=Text('page'))
    configuration = config.build()
    assert addresses(configuration) == ['/blog', '/Page']
    assert configuration.routes[1].address.case_sensitive


@pytest.mark.parametrize('wrong', [Text('x'), 'about', home])
def test_what_is_no_route_is_refused_where_it_is_given(wrong: Any) -> None:
    for make in (
        lambda: Router(wrong),
        lambda: LayoutRoute(wrong, content=frame),
        lambda: PrefixRoute(path='a', children=[wrong]),
        lambda: PageRoute(wrong, path='a', content=frame),
    ):
        with pytest.raises(InvalidDefinition, match='takes IndexRoute, PageRoute, PrefixRoute and LayoutRoute'):
            make()


class ClassPage:
    """A page as a class, which is called for its content."""

    def __init__(self) -> None:
        self.greeting = Variable('hello')

    def __call__(self, id: Variable[str]) -> ComponentInstance:
        return Stack(Text(self.greeting), Text(id))


class Component(Stack):
    """A component of the app's own."""


@pytest.mark.parametrize('content', [ClassPage, ClassPage()])
def test_a_page_is_a_class_or_its_object(content: Any) -> None:
    config = ConfigurationBuilder()
    config.router.add_page(path='notes/:id', content=content)
    level = config.build().levels['/notes/:id']
    node: Any = level.tree.nodes[0]
    assert [child['component'] for child in node['slots']['children']] == ['Text', 'Text']
    assert 'path.id' in level.tree.variables


def test_a_page_of_add_page_is_a_class_too() -> None:
    class Greeting:
        def __call__(self, name: str = 'you') -> ComponentInstance:
            return Text(f'hello {name}')

    config = ConfigurationBuilder()
    config.add_page('Greeting', content=Greeting)
    config.add_page('Component', content=Component)
    levels = config.build().levels
    assert levels['/greeting'].tree.nodes[0]['props'] == {'text': 'hello you'}
    assert levels['/component'].tree.component_names == {'Stack'}


def test_a_class_that_makes_no_component_is_an_error() -> None:
    class Other:
        pass

    config = ConfigurationBuilder()
    config.add_page('Other', content=Other)
    with pytest.raises(InvalidDefinition, match='must show a component'):
        config.build()


@pytest.mark.parametrize('path', ['api', 'api/users', '/api/:id'])
def test_the_addresses_of_endpoints_are_reserved(path: str) -> None:
    """A reload of such a page would show what an endpoint answers."""
    with pytest.raises(InvalidDefinition, match="'/api' is reserved for endpoints"):
        built(Router(PageRoute(path=path, content=Text('x'))))
    assert addresses(built(Router(PageRoute(path='api-guide', content=Text('x'))))) == ['/api-guide']


def test_a_parameter_of_the_address_is_a_variable() -> None:
    """An annotation that says otherwise is wrong; one that is missing is not."""

    def as_text(id: str) -> ComponentInstance:
        return Text(id)

    def without(id):  # type: ignore[no-untyped-def]
        return Text(id)

    with pytest.raises(InvalidDefinition, match=r"gets 'id' as a variable, not as str.*id: Variable\[str\]"):
        built(Router(PageRoute(path='notes/:id', content=as_text)))
    assert addresses(built(Router(PageRoute(path='notes/:id', content=without)))) == ['/notes/:id']
