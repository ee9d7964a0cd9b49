"""DerivedVariables in each other, in py_components and in actions, whole and by parts."""

from dara.components import Button, Card, Input, Stack, Text
from dara.core import ConfigurationBuilder, DerivedVariable, Variable, action, py_component

price = Variable(2)
count = Variable(3)
order = DerivedVariable(
    lambda price, count: {'sum': {'net': float(price) * float(count)}, 'lines': [price, count]},
    variables=[price, count],
)
net = order.get('sum').get('net')
gross = DerivedVariable(lambda net: net * 1.5, variables=[net])
rounded = DerivedVariable(
    lambda gross, order: f'{round(gross)} for {len(order["lines"])} lines', variables=[gross, order]
)

on_demand = DerivedVariable(lambda price: f'priced at {price}', variables=[price], deps=[])
of_count = DerivedVariable(lambda price, count: f'{price} x {count}', variables=[price, count], deps=[count])
estimate = Variable.create_from_derived(gross)


@py_component
def invoice(net, order):
    return Text(f'invoice: {net} of {order["lines"]}', id_='invoice')


@action
async def announce(ctx: action.Ctx, net, gross):
    await ctx.notify(message=f'{net} net, {gross} gross', title='Order', status='SUCCESS')


config = ConfigurationBuilder()
config.router.add_index(
    content=Stack(
        Input(value=price, placeholder='price'),
        Input(value=count, placeholder='count'),
        Card(
            Text(net, id_='net'),
            Text(gross, id_='gross'),
            Text(rounded, id_='rounded'),
            invoice(net, order),
            Button('Announce', onclick=announce(net, gross)),
            title='Order',
        ),
        Card(
            Text(on_demand, id_='on-demand'),
            Text(of_count, id_='of-count'),
            Button('Compute', onclick=on_demand.trigger()),
            title='Asked for',
        ),
        Card(Input(value=estimate, placeholder='estimate'), Button('As computed', onclick=estimate.reset())),
    )
)
