"""DerivedVariables of every cache scope; each result names the run that computed it."""

from collections import Counter

from dara.components import Button, Input, Stack, Text
from dara.core import Cache, ConfigurationBuilder, DerivedVariable, Variable, action
from dara.core.auth import MultiBasicAuthConfig

runs = Counter()
word = Variable('a')


def count(name):
    def compute(value):
        runs[name] += 1
        return f'{value}, run {runs[name]}'

    return compute


results = {
    'default': DerivedVariable(count('default'), variables=[word]),
    'global': DerivedVariable(count('global'), variables=[word], cache='global'),
    'user': DerivedVariable(count('user'), variables=[word], cache='user'),
    'session': DerivedVariable(count('session'), variables=[word], cache=Cache.Type.SESSION),
    'last': DerivedVariable(count('last'), variables=[word], cache=Cache.Policy.MostRecent()),
    'two': DerivedVariable(count('two'), variables=[word], cache=Cache.Policy.LRU(max_size=2)),
    'none': DerivedVariable(count('none'), variables=[word], cache=None),
}
copy = Variable('nothing')


@action
async def copy_result(ctx: action.Ctx, result):
    await ctx.update(variable=copy, value=result)


config = ConfigurationBuilder()
config.add_auth(MultiBasicAuthConfig(users={'ann': 'a', 'ben': 'b'}))
config.router.add_index(
    content=Stack(
        Input(value=word, placeholder='word'),
        *(Text(result, id_=name) for name, result in results.items()),
        Button('Copy', onclick=copy_result(results['global'])),
        Text(copy, id_='copy'),
        Button('Recompute', onclick=results['global'].trigger()),
    )
)
