"""Pages that keep variables, pages that reset them, and pages with parameters."""

from dara.components import Card, Heading, If, Input, Stack, Text
from dara.core import ConfigurationBuilder, RouterPath, Variable, action
from dara.core.persistence import BackendStore
from dara.core.router import Link, Outlet

kept = Variable('kept')
first, second = Variable('first'), Variable({'part': 'second'})
shared = Variable('shared', store=BackendStore())
last_seen = Variable('nobody')
user = Variable('ben')


@action
async def load(ctx: action.Ctx):
    await ctx.update(variable=last_seen, value=ctx.input['params']['user_id'])


def profile(user_id):
    return Stack(Heading(user_id), Input(value=user_id, placeholder='user'), Text(last_seen, id_='last-seen'))


def post(post_id, comment_id):
    return Stack(Heading(post_id), If(comment_id, Text(comment_id, id_='comment'), Text('none', id_='comment')))


def layout():
    links = [
        ('Home', '/'),
        ('Keeping', '/keeping'),
        ('Resetting', '/resetting'),
        ('Ann', '/users/ann'),
        ('Post', '/posts/7'),
        ('Comment', '/posts/7/8'),
        ('File', '/files/docs/readme.txt'),
        ('Report', '/section/report'),
    ]
    return Stack(
        Stack(
            *(Link(name, to=to) for name, to in links),
            Link('The user', to=RouterPath(pathname='/users/:user_id', params={'user_id': user})),
        ),
        Card(Input(value=kept, placeholder='kept'), Text(kept, id_='kept')),
        Outlet(),
    )


config = ConfigurationBuilder()
root = config.router.add_layout(content=layout)
root.add_index(content=Heading('Home'))
root.add_page(
    path='keeping',
    content=Stack(Heading('Keeping'), Input(value=first, placeholder='first'), Input(value=kept, placeholder='same')),
)
root.add_page(path='users/:user_id', content=profile, on_load=load())
root.add_page(path='posts/:post_id/:comment_id?', content=post)
root.add_page(path='files/*', content=lambda splat: Heading(splat))
section = root.add_prefix(path='section')
section.add_page(path='report', content=Heading('Report'))
config.add_page(
    'Resetting',
    content=Stack(
        Heading('Resetting'),
        Input(value=first, placeholder='first'),
        Input(value=second.get('part'), placeholder='second'),
        Input(value=shared, placeholder='shared'),
        Link('Home', to='/'),
        Link('Keeping', to='/keeping'),
    ),
    route='/resetting',
    reset_vars_on_load=[first, second],
)
