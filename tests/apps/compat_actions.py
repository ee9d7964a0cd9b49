"""Actions: those of variables, those that run on the server, several in a list, and what they can do in the tab."""

import itertools

from dara.components import Button, Heading, Input, Select, Stack, Switch, Text
from dara.core import ConfigurationBuilder, DerivedVariable, Variable, action
from dara.core.persistence import BackendStore

total = Variable(5)
factor = Variable(10)
is_on = Variable(False)
copied = Variable('')
visits = Variable(0, store=BackendStore())
runs = itertools.count(1)
described = DerivedVariable(lambda total, factor: f'{total} / {factor}, run {next(runs)}', variables=[total, factor])


@action
async def add(ctx: action.Ctx, total_now, by=1):
    await ctx.update(variable=total, value=total_now + by)


@action
async def choose(ctx: action.Ctx, factor_now, times):
    await ctx.update(variable=total, value=ctx.input * factor_now * times)


@action
async def both(ctx: action.Ctx):
    await ctx.update(variable=total, value=100)
    await ctx.update(variable=factor, value=1)


@action
async def count_visit(ctx: action.Ctx, visits_now):
    await ctx.update(variable=visits, value=visits_now + 1)


@action
async def start_over(ctx: action.Ctx):
    await ctx.reset_variables([total, factor])
    await ctx.notify(message='As at first', title='Reset', status='WARNING')


@action
async def leave(ctx: action.Ctx):
    await ctx.navigate(url='/away')


@action
async def report(ctx: action.Ctx, total_now):
    await ctx.copy_to_clipboard(f'total {total_now}', success_message='Copied')


config = ConfigurationBuilder()
config.router.add_index(
    content=Stack(
        Text(total, id_='total'),
        Text(factor, id_='factor'),
        Text(is_on, id_='is-on'),
        Text(described, id_='described'),
        Text(visits, id_='visits'),
        Button('Add', onclick=add(total)),
        Button('Add seven', onclick=add(total, by=7)),
        Select(value=Variable(), items=[2, 3], onchange=choose(factor, times=2)),
        Button('Both', onclick=both()),
        Button('Both at once', onclick=[total.update(1), factor.update(2), is_on.toggle()]),
        Button('Visit', onclick=count_visit(visits)),
        Button('Start over', onclick=start_over()),
        Button('Leave', onclick=leave()),
        Button('Report', onclick=report(total)),
        Input(value=Variable(''), placeholder='source', onchange=copied.sync()),
        Switch(value=is_on),
        Text(copied, id_='copied'),
    )
)
config.router.add_page(path='away', content=Heading('Away'))
