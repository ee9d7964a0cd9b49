"""Components: what their props take, what a mistake is told, and what the browser gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from dara import components
from dara.components import Button, Card, Heading, Input, Paragraph, Select, Slider, Stack, Switch, Text, Textarea
from dara.core import ActionCtx, ConfigurationBuilder, Variable, action
from dara.core.component import ComponentInstance, render
from dara.core.errors import ConflictingIds, InvalidDefinition, InvalidProp


def wrong(**props: Any) -> dict[str, Any]:
    """Props that a type checker would complain of, too."""
    return props


def node(component: ComponentInstance) -> dict[str, Any]:
    """The JSON of one component."""
    return render([component], '/:').nodes[0]


@pytest.mark.parametrize(
    ('mistake', 'message'),
    [
        (lambda: Input(**wrong(vlaue=1)), "Input has no prop 'vlaue'. Did you mean 'value'?"),
        (lambda: Text('x', colour='red'), "Text has no prop 'colour'. Did you mean 'color'?"),
        (lambda: Switch(**wrong(zzz=1)), "Switch has no prop 'zzz'. It has: align, "),
        (lambda: Select(**wrong()), "Select: the prop 'items' is missing"),
        (lambda: Slider(domain=[3]), 'Slider: domain: takes two numbers'),
        (lambda: Slider(domain=[3, 1]), 'the smaller one first'),
        (lambda: Heading('x', level='one'), "Heading: level: takes Literal[1, 2, 3, 4, 5, 6], not 'one'"),
        (lambda: Button('x', onclick=print), 'Button: onclick: takes an action such as variable.update(1)'),
        (lambda: Stack(object()), 'Stack: a child must be a component or text'),
        (lambda: Card(raw_css=3), 'Card: raw_css: takes'),
        (lambda: Textarea(**wrong(value=[1])), 'Textarea: value: takes'),
    ],
)
def test_a_mistake_names_component_prop_and_what_to_do(mistake: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidProp) as caught:
        mistake()
    assert message in str(caught.value)


def test_a_tree_keeps_values_variables_actions_and_children_apart() -> None:
    """So a value that looks like a reference is still a value."""
    variable = Variable[Any]({'a': 1}, uid='v')
    tree = node(
        Stack(
            Text(variable.get('a'), bold=True, raw_css={'variable': 'v'}),
            None,
            'plain',
            Button('Go', onclick=[variable.update({'kind': 'reset'}), variable.reset()]),
        )
    )
    text, plain, button = tree['slots']['children']
    assert text['variables'] == {'text': {'variable': 'v', 'path': ['a']}}
    assert text['props'] == {'bold': True, 'raw_css': {'variable': 'v'}}
    assert (plain['component'], plain['props']) == ('Text', {'text': 'plain'})
    assert [each['kind'] for each in button['actions']['onclick']] == ['update', 'reset']
    assert button['actions']['onclick'][0]['value'] == {'kind': 'reset'}


def test_every_component_can_be_drawn() -> None:
    """The names on the wire are those of the client's files."""
    value = Variable(1, uid='v')
    made: list[ComponentInstance] = [
        Button('b', onclick=value.sync()),
        Card(title='t', subtitle='s'),
        Heading('h', level=2),
        Input(value=value, type='number'),
        Input(value=value),
        Paragraph('a ', Text(value)),
        Select(value=value, items=[1, {'label': 'two', 'value': 2}], multiselect=True),
        Select(value=value, items=['a']),
        Slider(value=value, domain=[0, 10], step=1, ticks=[5]),
        Stack(),
        Switch(value=value, label='on'),
        Text(value),
        Textarea(value=value),
    ]
    drawn = {node(component)['component'] for component in made}
    assert drawn == {*components.__all__, 'NumberField', 'MultiSelect'}


def test_action_arguments_stay_on_the_server() -> None:
    """The browser gets an id and the names of variables; statics can be of any type."""

    @action
    async def send(ctx: ActionCtx, secret: object, value: int, *, other: int) -> None: ...

    variable, secret = Variable(1, uid='v'), object()
    tree = render([Button('x', onclick=send(secret, variable, other=variable.get('a')))], '/:')
    (call,) = cast(Any, tree.nodes[0])['actions']['onclick']
    assert call == {
        'kind': 'call',
        'target': '/:0.onclick.0',
        'inputs': [{'variable': 'v', 'path': []}, {'variable': 'v', 'path': ['a']}],
    }
    assert tree.calls['/:0.onclick.0'].arguments == (secret, variable)


def test_an_action_checks_its_arguments_where_it_is_used() -> None:
    @action
    async def send(ctx: ActionCtx, a: int) -> None: ...

    with pytest.raises(InvalidDefinition, match="@action send: missing a required argument: 'a'"):
        send()
    with pytest.raises(InvalidDefinition, match='too many positional'):
        send(1, 2)
    with pytest.raises(InvalidDefinition, match='goes above a function'):
        action(3)  # type: ignore[arg-type]


def test_an_app_is_checked_as_a_whole() -> None:
    config = ConfigurationBuilder()
    with pytest.raises(InvalidDefinition, match='no page'):
        config.build()
    config.add_page('My Page', content=Text('x'))
    with pytest.raises(InvalidDefinition, match='have one address, /my-page'):
        config.add_page('my  page', content=Text('y'))
    config.add_page('Other', content=lambda: 3, route='other')  # type: ignore[arg-type, return-value]
    with pytest.raises(InvalidDefinition, match="The page '/other' must show a component, not 3"):
        config.build()
    with pytest.raises(InvalidDefinition, match='light'):
        config.set_theme('pink')  # type: ignore[arg-type]


def test_two_variables_of_one_uid_are_an_error() -> None:
    """W18: they would overwrite each other."""
    config = ConfigurationBuilder()
    config.add_page('A', content=Text(Variable(1, uid='same')))
    config.add_page('B', content=Text(Variable(2, uid='same')))
    with pytest.raises(ConflictingIds, match="Two different variables have the uid 'same'"):
        config.build()
