"""Links to the pages on show, from the outermost inwards."""

from dara.components import Heading, Input, Stack, Text
from dara.core import ConfigurationBuilder, For, Link, Outlet

config = ConfigurationBuilder()


def layout():
    matches = config.router.route_matches
    item = matches.list_item
    return Stack(
        For(items=matches, renderer=Link(Text(item.get('definition').get('name')), to=item.get('pathname'))),
        Outlet(),
    )


def person(id):
    return Input(value=id, label='Id')


root = config.router.add_layout(content=layout)
people = root.add_page(path='people', content=Stack(Outlet()))
people.add_index(content=Heading('All'), name='All')
people.add_page(path=':id', content=person, name='Person')
