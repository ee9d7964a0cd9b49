"""Actions that use the abilities of their context."""

from typing import Any

from dara.components import Button, Heading, Stack, Text
from dara.core import (
    ActionCtx,
    ConfigurationBuilder,
    DerivedVariable,
    NavigateOptions,
    NotificationStatus,
    RouterPath,
    Variable,
    action,
)
from dara.core.persistence import BackendStore

count = Variable(1, uid='count')
shared = Variable(1, store=BackendStore(uid='shared'))
runs = Variable(0)
doubled = DerivedVariable(lambda number: (number or 0) * 2, [count], uid='doubled')


@action
async def notify(ctx: ActionCtx, status: str | NotificationStatus) -> None:
    await ctx.notify(f'told [{status}]', 'Title', status)


@action
async def go(ctx: ActionCtx, url: Any, options: NavigateOptions | None = None, new_tab: bool = False) -> None:
    await ctx.navigate(url, new_tab=new_tab, options=options)


@action
async def add(ctx: ActionCtx, number: int) -> None:
    await ctx.update(count, number)


@action
def refuse() -> None:
    raise RuntimeError('a sync action')


class Telling:
    """An action of an app's own, as a library may have."""

    async def execute(self, ctx: ActionCtx) -> None:
        await ctx.notify('executed', 'Title', 'INFO')


ACTIONS = {
    'update': count.update(7),
    'update shared': shared.update(7),
    'sync': count.sync(),
    'reset': count.reset(),
    'reset derived': doubled.reset(),
    'trigger': doubled.trigger(force=False),
    'call': add(9),
    'execute': Telling(),
    'toggle': count.toggle(),
    'variable': add(count),
    'sync call': refuse(),
}


@action
async def execute(ctx: ActionCtx, name: str) -> None:
    await ctx.execute_action(ACTIONS[name])


@action
async def task(ctx: ActionCtx) -> None:
    await ctx.update(count, await ctx.run_task(sum, args=[[1, 2]]))


@action
async def download(ctx: ActionCtx) -> None:
    await ctx.download_variable(count, 'file', type='xlsx')


@action
async def reset_all(ctx: ActionCtx) -> None:
    await ctx.reset_variables([count, shared, doubled])


STATUSES = [
    'CANCELED',
    'CREATED',
    'ERROR',
    'FAILED',
    '',
    'QUEUED',
    'RUNNING',
    'SUCCESS',
    'WARNING',
    'WARN',
    'INFO',
    'info',
]
PATH = NavigateOptions(relative='path')
PLACES = {
    'replaced': go('/b', NavigateOptions(replace=True)),
    'plain': go('b'),
    'parameters': go(RouterPath(pathname='/blog/:slug/edit', params={'slug': 'a b'})),
    'above': go('..'),
    'above the path': go('..', PATH),
    'beside': go('../b', NavigateOptions(relative='route')),
    'below': go('./new', PATH),
    'tab': go('/b', new_tab=True),
}


def page(title: str) -> Stack:
    return Stack(
        Heading(title),
        *[Button(f'go {name}', onclick=where) for name, where in PLACES.items()],
        *[Button(f'status {status}', onclick=notify(status)) for status in STATUSES],
        Button('status enum', onclick=notify(NotificationStatus.FAILED)),
        Button('status odd', onclick=notify('odd')),
        *[Button(f'execute {name}', onclick=execute(name)) for name in ACTIONS],
        Button('task', onclick=task()),
        Button('download', onclick=download()),
        Button('reset', onclick=reset_all()),
        Text(count, id_='count'),
        Text(shared, id_='shared'),
        Text(doubled, id_='doubled'),
    )


config = ConfigurationBuilder()
config.router.add_page(path='a', content=lambda: page('A'))
config.router.add_page(path='b', content=lambda: page('B'))
config.router.add_page(path='blog', content=lambda: page('Blog'))
config.router.add_page(path='blog/:slug', content=lambda slug: page('Post'))
config.router.add_page(path='blog/:slug/edit', content=lambda slug: page('Edit'))
