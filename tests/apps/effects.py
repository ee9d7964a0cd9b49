"""Actions with each kind of effect."""

from pathlib import Path

from dara.components import Button, Input, Stack, Table, Text
from dara.core import ActionCtx, ConfigurationBuilder, Variable, action
from dara.core.persistence import BackendStore

config = ConfigurationBuilder()

shared = Variable(default='the default', store=BackendStore())
own = Variable(default='own default')
rows = Variable(default=[{'name': 'Ann', 'score': 9}, {'name': 'Ben, B.', 'score': 7}])


@action
async def tell(ctx: ActionCtx, text):
    await ctx.notify(f'you wrote {text}', title='Heard', status='success')


@action
async def leave(ctx: ActionCtx):
    await ctx.navigate('/elsewhere')


@action
async def reset(ctx: ActionCtx):
    await ctx.reset_variables([shared, own])


@action
async def copy(ctx: ActionCtx):
    await ctx.copy_to_clipboard('copied text', success_message='It is on the clipboard')


@action
async def download(ctx: ActionCtx):
    Path('report.txt').write_text('figures')
    await ctx.download_file('report.txt', cleanup=True)


@action
async def save(ctx: ActionCtx):
    await ctx.download_variable(rows, 'people', 'csv')


config.add_page(
    'Page',
    content=Stack(
        Input(value=shared, label='Shared'),
        Input(value=own, label='Own'),
        Button('Tell', onclick=tell(own)),
        Button('Leave', onclick=leave()),
        Button('Reset', onclick=reset()),
        Button('Copy', onclick=copy()),
        Button('Download', onclick=download()),
        Button('Save', onclick=save()),
        Table(data=rows),
    ),
)
config.add_page('Elsewhere', content=Text('another page'))
