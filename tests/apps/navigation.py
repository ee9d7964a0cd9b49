"""Pages of many kinds, with links between them. TEMPLATE: the template of the app."""

import os

from dara.components import Button, Heading, Input, Slider, Stack, Text
from dara.core import ActionCtx, ConfigurationBuilder, Variable, action
from dara.core.persistence import BackendStore
from dara.core.router import Link, Outlet
from dara.core.visual.components import MenuLink, RouterPath, SideBarFrame

shared = Variable('from the store', store=BackendStore(uid='shared'))
chosen = Variable('ben')
loaded = Variable('nothing')


@action
async def go(ctx: ActionCtx):
    await ctx.navigate('/users/zoe?tab=1')


@action
async def load(ctx: ActionCtx):
    await ctx.update(loaded, f'loaded {ctx.input["params"]["item"]}')


@action
async def turn_away(ctx: ActionCtx):
    await ctx.navigate('/home')


def user(id):
    return Stack(
        Heading(id),
        Input(value=id, label='User'),
        Link('To bob', to='/users/bob'),
        Link('To the chosen', to=RouterPath('/users/:id', params={'id': chosen})),
    )


def shop():
    return SideBarFrame(
        side_bar=Stack(
            MenuLink('Apples', to='/shop/apples'),
            MenuLink('Pears', to='/shop/pears'),
            Input(label='Search', value=Variable('')),
            Button('Go to pears', onclick=to_pears()),
        ),
        content=Outlet(),
    )


@action
async def to_pears(ctx: ActionCtx):
    await ctx.navigate('/shop/pears')


config = ConfigurationBuilder()
config.title = 'App'
config.template = os.environ.get('TEMPLATE', config.template)
config.add_page(
    'Home',
    content=Stack(
        Heading('Home'),
        Button('Go', onclick=go()),
        Link('Away', to='/users/ann', prefetch=True),
        Link('Elsewhere', to='/nowhere'),
        Link('Item', to='/items/7'),
        Link('Secret', to='/secret'),
        Link('Tab', to='/long', new_tab=True),
    ),
)
config.add_page('Long', content=Stack(*[Text(f'line {i}') for i in range(200)], Link('End', to='/home')))
config.add_page('Slider', content=Stack(Heading(shared), Slider(domain=[0, 9], value=Variable(3))))
config.router.add_page(path='users/:id', content=user)
config.router.add_page(path='items/:item', content=Heading(loaded), on_load=load())
config.router.add_page(path='secret', content=Heading('Secret'), on_load=turn_away())
config.router.add_page(path='files/*', content=lambda splat: Heading(splat))
layout = config.router.add_layout(content=shop)
layout.add_page(path='shop/apples', content=Heading('Apples'))
layout.add_page(path='shop/pears', content=Heading('Pears'))
