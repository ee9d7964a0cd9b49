"""Actions that forget to await what they call."""

from dara.components import Button, Stack, Text
from dara.core import ActionCtx, ConfigurationBuilder, Variable, action
from dara.core.persistence import BackendStore

config = ConfigurationBuilder()
shared = Variable('before', store=BackendStore())
own = Variable('own')


@action
async def forget_write() -> None:
    shared.write('after')  # type: ignore[unused-coroutine]


@action
async def forget_update(ctx: ActionCtx) -> None:
    ctx.update(own, 'after')  # type: ignore[unused-coroutine]


@action
def forget_in_a_thread() -> None:
    shared.store.write('after')


@action
async def remember(ctx: ActionCtx) -> None:
    await shared.write('after')
    await ctx.update(own, 'after')


config.add_page(
    'Page',
    content=Stack(
        Text(shared),
        Text(own),
        Button('Write', onclick=forget_write()),
        Button('Update', onclick=forget_update()),
        Button('Thread', onclick=forget_in_a_thread()),
        Button('Remember', onclick=remember()),
    ),
)
