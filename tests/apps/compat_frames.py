"""Frames, links and routes of the documentation, called as documented."""

from dara.components import Text
from dara.core import (
    ConfigurationBuilder,
    Fallback,
    Link,
    MenuLink,
    Outlet,
    RouterPath,
    SideBarFrame,
    TopBarFrame,
    Variable,
    py_component,
)

item = Variable('3')


@py_component(fallback=Fallback.Row())
async def detail(id: str):
    return Text(f'Details of {id}')


def item_page(id: Variable[str]):
    return detail(id)


side = SideBarFrame(
    side_bar=[MenuLink('Home', to='/'), MenuLink('Item 1', to='/items/1', icon='star')],
    content=Outlet(),
    side_bar_width='12rem',
)
top = TopBarFrame(top_bar=[MenuLink('Back', to='/')], content=Outlet(), top_bar_height='3rem')

config = ConfigurationBuilder()
config.title = 'Frames, links and routes'
aside = config.router.add_layout(content=side)
aside.add_index(content=Link('Item 3', to=RouterPath('/items/:id', params={'id': item})))
aside.add_page(path='items/:id', content=item_page)
above = config.router.add_layout(content=top)
above.add_page(path='about', content=Text('About'), fallback=Fallback.Default())
above.add_page(path='late', content=Fallback.Custom(Text('Later')))
