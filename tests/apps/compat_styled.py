"""Components with `raw_css` of every kind."""

from dara.components import Button, Stack, Text
from dara.core import ConfigurationBuilder, For, If, SwitchVariable, Variable
from dara.core.css import CSSProperties

css = Variable('background-color: rgb(1, 2, 3)')
items = Variable([1, 2])
is_shown = Variable(True)
NESTED = """
    /* of the whole; and of its parts */
    background-color: rgb(1, 2, 3);
    & > .dara-text { color: rgb(4, 5, 6); }
    &:hover { opacity: 0.5 }
"""
RULES = {
    'backgroundColor': 'rgb(1, 2, 3)',
    '& > .dara-text': {'color': 'rgb(4, 5, 6)', 'fontSize': 30, 'line-height': 2},
}
rules = Variable(RULES)
fetching = Variable('background-color: rgb(1, 2, 3); .dara-text { background-image: url(https://example.invalid/x) }')
escaping = Variable('& { color: red } } body { color: rgb(4, 5, 6); } a { b: c')

config = ConfigurationBuilder()
config.add_page(
    'Page',
    content=Stack(
        Stack('a', id_='string', raw_css='background-color: rgb(1, 2, 3); padding: 2px'),
        Text('a', id_='kebab', raw_css={'background-color': 'rgb(1, 2, 3)'}),
        Text('a', id_='camel', raw_css={'backgroundColor': 'rgb(1, 2, 3)'}),
        Text('a', id_='class', raw_css=CSSProperties(backgroundColor='rgb(1, 2, 3)')),
        Stack('a', id_='variable', raw_css=css),
        If(is_shown, For(items, Text(items.list_item)), id_='wrapped', raw_css={'background': 'rgb(1, 2, 3)'}),
        Stack('a', id_='nested', raw_css=NESTED),
        Stack('a', id_='dict', raw_css=RULES),
        Stack('a', id_='changing', raw_css=SwitchVariable.when(is_shown, rules, {})),
        Text('a', id_='other'),
        Button('Hide', onclick=is_shown.toggle()),
        Stack('a', id_='fetching', raw_css=fetching),
        Stack('a', id_='escaping', raw_css=escaping),
        Button('Change', onclick=css.update('background-color: rgb(7, 8, 9); .dara-text { color: rgb(4, 5, 6) }')),
    ),
)
