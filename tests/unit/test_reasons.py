"""Tests of the words in which people are told why a value is not valid."""

from __future__ import annotations

import json
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import pytest
from pydantic import AfterValidator, AnyUrl, BaseModel, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from dara.components import Checkbox, Datepicker, Form, If, Input, Modal, Slider
from dara.components._limits import broken_limit
from dara.components._type_limits import member_defaults, member_limits, value_limits
from dara.core import For, Match, Variable, action
from dara.core._effects import CallAction
from dara.core._reasons import invalid_value
from dara.core.errors import InvalidValue
from dara.core.persistence import BackendStore

GOLDEN = Path(__file__).parents[1] / 'golden' / 'limits.json'


def no_mondays(day: str) -> str:
    if day == 'Mon':
        raise ValueError('we are closed on Mondays')
    return day


def an_address(text: str) -> str:
    raise PydanticCustomError('value_error', 'value is not a valid email address: {reason}', {'reason': 'no @-sign'})


class Address(BaseModel):
    city: Annotated[str, Field(min_length=2)]


class Person(BaseModel):
    name: Annotated[str, Field(min_length=2, pattern='[A-Z].*')]
    age: Annotated[int, Field(ge=18, le=120)]
    home: Address
    note: Annotated[str, Field(max_length=5)] | None = None
    parent: Person | None = None


@pytest.mark.parametrize(
    ('type', 'value', 'said'),
    [
        (Annotated[str, Field(min_length=2)], 'a', 'Write at least 2 characters.'),
        (Annotated[str, Field(min_length=1)], '', 'Fill this in.'),
        (Annotated[str, Field(max_length=1)], 'ab', 'Write at most 1 character.'),
        (Annotated[str, Field(pattern='^x')], 'ab', 'This does not have the expected form.'),
        (str, None, 'Fill this in.'),
        (int, None, 'Fill this in.'),
        (int, 'x', 'Enter a whole number.'),
        (int, 1.5, 'Enter a whole number.'),
        (float, 'x', 'Enter a number.'),
        (Annotated[int, Field(ge=3)], 2, 'Enter 3 or more.'),
        (Annotated[int, Field(gt=0)], 0, 'Enter more than 0.'),
        (Annotated[float, Field(le=2.5)], 3.0, 'Enter 2.5 or less.'),
        (Annotated[float, Field(lt=2.5)], 3.0, 'Enter less than 2.5.'),
        (Annotated[int, Field(multiple_of=5)], 3, 'Enter a multiple of 5.'),
        (date, 'x', 'Enter a date.'),
        (Literal['a', 'b'], 'c', "Choose one of: 'a', 'b'."),
        (Annotated[list[int], Field(min_length=2)], [1], 'Choose at least 2.'),
        (Annotated[list[int], Field(max_length=1)], [1, 2], 'Choose at most 1.'),
        (Annotated[str, AfterValidator(no_mondays)], 'Mon', 'We are closed on Mondays.'),
        (Annotated[str, AfterValidator(an_address)], 'ann', 'Enter an e-mail address such as name@example.org.'),
        (AnyUrl, 'example', 'Enter an address such as https://example.org.'),
        (Annotated[date, Field(ge=date(2026, 7, 1))], date(2026, 6, 1), 'Enter 1 Jul 2026 or later.'),
        (Annotated[time, Field(lt=time(20, 30))], time(21), 'Enter something earlier than 20:30.'),
    ],
)
def test_a_reason_is_in_words_for_people(type: Any, value: Any, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(type).validate_python(value, strict=True)
    assert invalid_value(caught.value).for_users == said


def test_all_reasons_are_given_each_with_its_place() -> None:
    with pytest.raises(ValidationError) as caught:
        Person.model_validate({'name': 'a', 'age': 17, 'home': {}})
    assert invalid_value(caught.value).for_users.split('\n') == [
        '/name: Write at least 2 characters.',
        '/age: Enter 18 or more.',
        '/home/city: Fill this in.',
    ]
    assert InvalidValue({'home/city': 'Too far.', '': 'No.'}).for_users == '/home/city: Too far.\nNo.'


def test_the_limits_of_a_model() -> None:
    """By the path of each member; one that may be null or left out is not required."""
    limits = member_limits(Variable(store=BackendStore(type=Person)))
    assert limits['name'] == {'min_length': 2, 'search': '[A-Z].*', 'required': True}
    assert limits['age'] == {'min': 18, 'max': 120, 'integer': True, 'required': True}
    assert limits['home/city'] == {'min_length': 2, 'required': True}
    assert limits['note'] == {'max_length': 5}
    assert member_limits(Variable(store=BackendStore(type=int))) == {}


def test_the_limits_of_a_value_anywhere_in_a_type() -> None:
    """A text that may be empty is not required; nothing is known of a member that the type does not have."""
    people: Variable[Any] = Variable(store=BackendStore(type=dict[str, list[Person]]))
    someone = people.get('a').list_item
    assert value_limits(someone.get('age')) == {'min': 18, 'max': 120, 'integer': True, 'required': True}
    assert value_limits(people.get('a', 0, 'parent', 'home', 'city')) == {'min_length': 2, 'required': True}
    assert value_limits(someone.get('note')) == {'max_length': 5}
    assert value_limits(someone.get('nothing')) == {}
    share: Variable[Any] = Variable(
        store=BackendStore(type=Annotated[float, Field(gt=0, lt=1, multiple_of=0.1)] | None)
    )
    assert value_limits(share) == {'above': 0, 'below': 1, 'multiple_of': 0.1}
    day: Variable[Any] = Variable(store=BackendStore(type=Annotated[date, Field(ge=date(2026, 7, 1))]))
    assert value_limits(day) == {'min': '2026-07-01', 'required': True}
    assert value_limits(Variable(store=BackendStore(type=str))) == {}
    assert value_limits(Variable('', store=BackendStore())) == {}


@pytest.mark.parametrize('case', json.loads(GOLDEN.read_text()), ids=lambda case: case['name'])
def test_a_limit_of_a_field_is_checked_as_in_the_browser(case: dict[str, Any]) -> None:
    assert broken_limit(case['value'], case['limits']) == case['reason']


trip: Variable[Any] = Variable({})
guest = trip.get('guests').list_item


@action
async def book() -> None:
    """Book."""


FORM = Form(
    Input(id='by', required=True),
    If((trip.get('by') == 'car') | (trip.get('by') == 'van'), Input(id='seats', type='number', required=True, max=5)),
    Match(trip.get('by'), when={'bus': Input(id='line', required=True, max_length=3)}, default=Input(id='line')),
    If(Variable(True), Datepicker(id='day', required=True, min_date=date(2026, 7, 1))),
    For(trip.get('guests'), renderer=Input(value=guest.get('name'), required=True, max_length=3)),
    For(
        trip.get('bags'),
        where=trip.get('bags').list_item,
        renderer=Input(value=trip.get('bags').list_item, max_length=3),
    ),
    Modal(Slider(id='speed', domain=[1, 9], step=2), show=Variable(False)),
    Input(value=trip.get('note'), max_length=3),
    If(trip.get('by') == 'horse', Checkbox(id='helmet', label='I wear one', required=True)),
    Form(Input(id='inner', required=True), onsubmit=book()),
    value=trip,
    onsubmit=book(),
)


@pytest.mark.parametrize(
    ('value', 'refused'),
    [
        (None, ['by']),
        ({'by': 'foot', 'line': 'long', 'speed': 3}, []),
        ({'by': 'foot', 'seats': 6}, ['seats']),
        ({'by': 'van'}, ['seats']),
        ({'by': 'car', 'seats': 5}, []),
        ({'by': 'car', 'seats': '5'}, ['seats']),
        ({'by': 'car', 'seats': [2]}, ['seats']),
        ({'by': 'bus'}, ['line']),
        ({'by': 'bus', 'line': 'long'}, ['line']),
        ({'by': 'bus', 'line': ['long']}, ['line']),
        ({'by': 'foot', 'day': '2026-06-30', 'speed': 10}, ['day', 'speed']),
        ({'by': 'foot', 'day': '2026-07-01T10:00', 'note': 'long'}, ['note']),
        ({'by': 'foot', 'guests': [{'name': 'Ann'}, {}, {'name': 'Benjamin'}]}, ['guests/1/name', 'guests/2/name']),
        ({'by': 'foot', 'guests': 3, 'bags': ['', 'long', 'red']}, ['bags/1']),
    ],
)
def test_the_server_checks_what_a_form_holds(value: Any, refused: list[str]) -> None:
    """Fields that are surely shown are required; anything that was sent has to meet the limits, shown or not."""
    assert sorted(reasons_of(FORM, value)) == sorted(f'/{name}' for name in refused)


def test_the_server_checks_a_form_over_a_value_that_another_one_names() -> None:
    """Also if the name is written anew for each field."""
    notes: Variable[dict[str, Any]] = Variable({})
    chosen, own = Variable({'id': 'a'}), Variable({'id': 'a'})
    form = Form(
        Input(value=notes.get(chosen.get('id')).get('text'), max_length=3),
        Input(value=notes.get(own.get('id')).get('more'), max_length=3),
        value=notes.get(chosen.get('id')),
        onsubmit=book(),
    )
    assert list(reasons_of(form, {'text': 'long', 'more': 'long'})) == ['/text']


def test_a_box_that_nobody_touched_is_unchecked_and_not_empty() -> None:
    for box in (None, False):
        assert reasons_of(FORM, {'by': 'horse', 'helmet': box}) == {'/helmet': 'Check this box to go on.'}
    assert reasons_of(FORM, {'by': 'horse', 'helmet': True}) == {}


class Member(BaseModel):
    name: str
    newsletter: bool
    is_public: bool | None
    topics: list[str]
    friends: Annotated[list[str], Field(min_length=1)]
    role: Literal['reader', 'writer'] = 'reader'
    since: date = date(2026, 7, 1)
    note: str | None = None


def test_what_the_members_of_a_type_begin_with() -> None:
    begins = {'topics': [], 'role': 'reader', 'since': '2026-07-01'}
    assert member_defaults(Variable(store=BackendStore(type=Member))) == begins
    nested = Variable[Any](store=BackendStore(type=dict[str, Member | None]))
    assert member_defaults(nested.get('ann')) == begins
    assert member_defaults(Variable(store=BackendStore(type=int))) == {}
    assert member_defaults(Variable({})) == {}


def reasons_of(form: Form, value: Any) -> dict[str, str]:
    """Return the reasons why the server refuses what a form sends."""
    (submit,) = cast('tuple[CallAction]', form.onsubmit)
    assert submit.check is not None
    try:
        submit.check(value)
    except InvalidValue as error:
        return error.reasons
    return {}
