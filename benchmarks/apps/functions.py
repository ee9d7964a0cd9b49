"""Functions on the server: a slider and a field whose values go through a function to a text, and a button."""

import time

from dara.components import Button, Input, Slider, Stack, Text
from dara.core import ActionCtx, ConfigurationBuilder, DerivedVariable, Variable, action, py_component

number, async_number, component_number, slow_number = (Variable(default=0) for _ in range(4))
text = Variable(default='')
clicks = Variable(default='clicks: 0')


def double(number: int) -> str:
    """Answer at once."""
    return f'double: {2 * number}'


async def double_async(number: int) -> str:
    """Answer at once, on the event loop."""
    return f'async: {2 * number}'


@py_component
def doubled(number: int) -> Text:
    """Answer with a component."""
    return Text(f'component: {2 * number}')


def slow(number: int) -> str:
    """Answer late, as if a database had to be asked."""
    time.sleep(0.2)
    return f'slow: {number}'


def upper(text: str) -> str:
    """Answer with capitals."""
    return f'upper: {text.upper()}'


@action
async def click(ctx: ActionCtx, before: str) -> None:
    """Count a click."""
    await ctx.update(variable=clicks, value=f'clicks: {int(before.removeprefix("clicks: ")) + 1}')


config = ConfigurationBuilder()
config.add_page(
    'Functions',
    content=Stack(
        Slider(value=number, domain=[0, 1_000_000], step=1),
        Text(DerivedVariable(double, variables=[number], uid='double')),
        Input(value=text),
        Text(DerivedVariable(upper, variables=[text], uid='upper')),
        Button('Click', onclick=click(clicks)),
        Text(clicks),
        Slider(value=async_number, domain=[0, 1_000_000], step=1),
        Text(DerivedVariable(double_async, variables=[async_number], uid='async')),
        Slider(value=component_number, domain=[0, 1_000_000], step=1),
        doubled(component_number),
        Slider(value=slow_number, domain=[0, 1_000_000], step=1),
        Text(DerivedVariable(slow, variables=[slow_number], uid='slow')),
    ),
)
