"""Tests of errors that say what to write instead."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from dara.cli.loading import load_config
from dara.components import Button, Card, Checkbox, Form, Input, Label, Slider, Stack
from dara.core import ConfigurationBuilder, DerivedVariable, Variable, action
from dara.core._tree import render
from dara.core.errors import InvalidConfig, InvalidDefinition, InvalidProp, NotJson
from dara.core.persistence import BackendStore, FileBackend


@action
def go() -> None: ...


def plain() -> None: ...


@pytest.mark.parametrize(
    'value',
    [
        io.StringIO('a'),
        io.BytesIO(b'a'),
        (each for each in 'a'),
        map(str, [1]),
        iter([]),
        b'a',
        bytearray(b'a'),
        1 + 2j,
    ],
)
def test_a_value_that_is_read_once_or_is_no_json_is_refused(value: object) -> None:
    """Its text, or what is left of it, would be stored in its place."""
    with pytest.raises(NotJson, match=r'at /a/0 is .*; store '):
        Variable({'a': [value]})


@pytest.mark.parametrize(
    ('given', 'advice'),
    [
        (go, 'not go itself; call it: go()'),
        (Variable(1).toggle, 'not toggle itself; call it: toggle()'),
        ([go(), plain], 'not the function plain; write @action above'),
    ],
)
def test_an_action_has_to_be_called(given: object, advice: str) -> None:
    with pytest.raises(InvalidProp) as raised:
        Button('Go', onclick=given)
    assert advice in str(raised.value)


@pytest.mark.parametrize(
    ('content', 'advice'),
    [
        ('<b>hi</b>', "Write Text('<b>hi</b>')"),
        (plain, 'returns nothing: is a return missing?'),
        (lambda: 1, 'Stack(...)'),
    ],
)
def test_a_page_has_to_be_a_component(content: str | Callable[[], object], advice: str) -> None:
    config = ConfigurationBuilder()
    config.add_page('A', content=content)  # type: ignore[arg-type]
    with pytest.raises(InvalidDefinition) as raised:
        config.build()
    assert advice in str(raised.value)


def test_a_component_that_contains_itself_is_named() -> None:
    stack = Stack()
    stack.children.append(Card(stack))
    config = ConfigurationBuilder()
    config.add_page('A', content=stack)
    with pytest.raises(InvalidDefinition, match='Stack contains itself: Stack in Card in Stack'):
        config.build()


@pytest.mark.parametrize(
    'line',
    [
        "pages.add_page('A', content='text')",
        'pages.add_page("A", content=(stack := Stack(), stack.append(stack))[0])',
        "pages.router.add_page(path='a', content=Slider(domain=[0, 1], value=object()))",
        "pages.add_page('A', content=lambda: Input(valeu=1))",
        "pages.add_page('A', content=lambda: None)",
    ],
)
def test_a_mistake_in_a_page_is_found_at_its_line(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some are found when the page is rendered, after the code has run: then it is the line that adds the page."""
    name = f'mistaken_{abs(hash(line))}'
    app = tmp_path / f'{name}.py'
    app.write_text(
        'from dara.components import Input, Slider, Stack\n'
        'from dara.core import ConfigurationBuilder; pages = ConfigurationBuilder()\n' + line
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InvalidConfig) as raised:
        load_config(f'{name}:pages')
    assert str(raised.value).startswith(f'{app}, line 3: ')


@pytest.mark.parametrize('text', [str, '{}'.format, 'a %s'.__mod__])
def test_the_text_of_a_variable_is_warned_of_where_it_is_made(text: Callable[[object], str]) -> None:
    variable = Variable(1, uid='greeting')
    with pytest.raises((UserWarning, InvalidDefinition), match=r'<Variable greeting> has a value in the browser only'):
        text(variable)


def test_a_value_is_not_computed_from_itself() -> None:
    first: DerivedVariable[int] = DerivedVariable(abs, [Variable(1)])
    second: DerivedVariable[int] = DerivedVariable(abs, [first])
    with pytest.raises(InvalidDefinition, match=r'a constructor argument: DerivedVariable\(variables=\.\.\.\)'):
        first.variables = [second]  # type: ignore[misc, assignment]


def test_a_member_is_no_attribute() -> None:
    person = Variable({'name': 'Ann'})
    with pytest.raises(AttributeError, match=r"variable\.get\('name'\)"):
        person.name  # noqa: B018
    assert not hasattr(person, '_repr_html_')


@pytest.mark.parametrize('store', ['a.json', FileBackend(path='a.json'), BackendStore])
def test_a_store_is_neither_a_path_nor_a_backend(store: object) -> None:
    with pytest.raises(InvalidDefinition, match=r'store=BackendStore\(backend=FileBackend\(path='):
        Variable(1, store=store)  # type: ignore[arg-type]


def test_a_field_without_a_name_is_reported_once_with_its_place(caplog: pytest.LogCaptureFixture) -> None:
    """A label names it, a placeholder, a Label around it, or the member that it edits."""
    person = Variable({'name': ''})
    named = [
        Input(label='Name'),
        Input(placeholder='Name'),
        Label(Input(), value='Name'),
        Input(value=person.get('name')),
    ]
    for _ in range(2):
        unnamed = Stack(Checkbox(value=Variable(default=False)), *named, Form(Slider(id='age', domain=[0, 9])))
        render([unnamed, unnamed], '')
    (message,) = [record.getMessage() for record in caplog.records]
    assert f'{__file__}, line ' in message
    assert "Checkbox has no name, so screen readers call it 'Checkbox'. Give it a label='...'" in message


def test_a_form_whose_button_does_nothing_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    Form(Input(id='a'), submit_label='Send')
    Form(Input(id='a'), Button('Send'))
    Form(Input(id='a'), Button('Send'), saves=Variable({}), submit_label='Save')
    Form(Input(id='a'), Button('Clear', type='reset'))
    Form(Input(id='a', type='password'), saves=Variable({}))
    Form(Input(id='a', type='password'), onsubmit=go())
    messages = [record.getMessage().rpartition(', line ')[2].partition(': ')[2] for record in caplog.records]
    assert messages == [
        'Form: submit_label draws no button, since submitting does nothing without onsubmit or saves.',
        'Form: its button does nothing without onsubmit or saves.',
        'Form: saves stores a password as it was typed, and sends it back to the page; '
        'leave saves out, and store a hash of it in an action of onsubmit.',
    ]
