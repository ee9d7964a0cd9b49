"""Two pages that link to each other: one link is prefetched, the other is not."""

from dara.components import Heading, Link, Stack, Text
from dara.core import ConfigurationBuilder, Variable
from dara.core.persistence import BackendStore

text = Variable(default='shared', store=BackendStore())


def page(name: str, other: str) -> Stack:
    links = (Link('Prefetched', to=other, prefetch=True), Link('Plain', to=other, prefetch=False))
    return Stack(Heading(name), *links, *(Text(text) for _ in range(20)))


config = ConfigurationBuilder()
config.add_page('One', content=page('Page One', '/two'))
config.add_page('Two', content=page('Page Two', '/one'))
