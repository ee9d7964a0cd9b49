"""A form of each user that saves a model, with limits of the type and of the fields, and a check of its own."""

import os
from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field, model_validator

from dara.components import Button, Checkbox, CheckboxGroup, Form, Input, Select, Slider, Stack, Switch, Text, Textarea
from dara.core import ActionCtx, ConfigurationBuilder, If, Variable, action, py_component
from dara.core.errors import InvalidValue
from dara.core.persistence import BackendStore, FileBackend


class Profile(BaseModel):
    name: Annotated[str, Field(min_length=2)]
    age: Annotated[int, Field(ge=18, le=120)]
    about: str | None = None
    terms: bool = False

    @model_validator(mode='after')
    def _is_old_enough_to_be_a_grandmother(self) -> 'Profile':
        if self.about == 'grandmother' and self.age < 35:
            raise ValueError('nobody is a grandmother at this age')
        return self


class Ticket(BaseModel):
    seats: Annotated[int, Field(ge=1, le=10)] = 1
    code: Annotated[str, Field(pattern='^[A-Z]{3}$')] = 'ABC'
    day: Annotated[date, Field(ge=date(2026, 7, 1))] = date(2026, 7, 15)
    row: Annotated[int, Field(ge=0, le=40, multiple_of=5)] = 0


class Membership(BaseModel):
    name: str
    newsletter: bool
    is_public: bool = True
    role: Annotated[str, Field(max_length=8)] = 'reader'
    since: date = date(2026, 7, 1)
    topics: list[str]
    note: str = 'no field'


profile = Variable(store=BackendStore(uid='profile', type=Profile, backend=FileBackend(path=os.environ['DATA_FILE'])))
ticket = Variable(Ticket(), store=BackendStore(type=Ticket))
share = Variable(0.5, store=BackendStore(type=Annotated[float, Field(gt=0, lt=1)]))
ads = Variable({}, store=BackendStore())
member = Variable(store=BackendStore(type=Membership))
booking, booked, welcomed, contact = Variable({}), Variable(), Variable(''), Variable({})


@action
async def welcome(ctx: ActionCtx) -> None:
    await ctx.update(welcomed, f'Hello {ctx.input["name"]}')


@action
async def book(ctx: ActionCtx) -> None:
    if ctx.input['seat'] == 'taken':
        raise InvalidValue({'seat': 'Somebody else has this seat.', 'guests': 'There is room for 2.'})
    if ctx.input['seat'] == 'closed':
        raise ValueError('The restaurant is closed.')
    await ctx.update(booked, ctx.input)


@action
async def send(ctx: ActionCtx) -> None:
    await ctx.notify(f'Sent by {ctx.input["mail"]}')


config = ConfigurationBuilder()
config.add_page(
    'Profile',
    content=Stack(
        Form(
            Input(id='name', label='Name'),
            Input(id='age', type='number', label='Age'),
            Textarea(id='about', label='About'),
            Checkbox(id='terms', label='I accept the terms', required=True),
            saves=profile,
            submit_label='Save',
            onsubmit=welcome(),
        ),
        Text(profile, id_='profile'),
        Text(welcomed, id_='welcomed'),
    ),
)
config.add_page(
    'Booking',
    content=Stack(
        Form(
            Input(id='seat', label='Seat', required=True, pattern='[a-z]+'),
            Input(id='guests', type='number', label='Guests', min=1, max=10, step=1),
            Input(id='day', type='date', label='Day', min='2026-01-01'),
            Select(id='meal', items=['Soup', 'Stew'], label='Meal', required=True),
            Switch(id='dog', label='With a dog'),
            Stack(Button('Book a table'), Button('Clear', type='reset', styling='secondary'), direction='horizontal'),
            value=booking,
            onsubmit=book(),
        ),
        Text(booked, id_='booked'),
    ),
)
config.add_page(
    'Contact',
    content=Form(
        Input(id='mail', type='email', label='E-mail', pattern=r'\S+'),
        Input(id='site', type='url', label='Site'),
        Input(id='phone', type='tel', label='Phone'),
        Input(id='code', label='Code', pattern='[A-Z]{3}', pattern_message='Three capital letters, such as ABC.'),
        Switch(id='more', label='More'),
        If(contact.get('more'), Textarea(id='note', label='Note', required=True, max_length=5)),
        Slider(id='odd', domain=[1, 9], step=2, label='An odd number'),
        value=contact,
        onsubmit=send(),
        submit_label='Send',
    ),
)


@py_component
async def newsletter() -> Checkbox:
    return Checkbox(id='newsletter', label='Newsletter')


config.add_page(
    'Member',
    content=Stack(
        Form(
            Input(id='name', label='Name'),
            newsletter(),
            Switch(id='is_public', label='Public'),
            Input(id='role', label='Role'),
            Input(id='since', type='date', label='Since'),
            CheckboxGroup(id='topics', items=['Art', 'Music'], label='Topics'),
            saves=member,
            submit_label='Save',
        ),
        Text(member, id_='member'),
        Form(Checkbox(id='ads', label='Ads'), saves=ads, submit_label='Answer'),
        Text(ads, id_='ads'),
    ),
)
config.add_page(
    'Ticket',
    content=Stack(
        Input(value=ticket.get('seats'), type='number', label='Seats'),
        Input(value=ticket.get('code'), label='Code', pattern_message='Three capital letters, such as ABC.'),
        Input(value=ticket.get('day'), type='date', label='Day'),
        Input(value=share, type='number', label='Share'),
        Slider(value=ticket.get('row'), domain=[0, 40], label='Row'),
        Text(ticket, id_='ticket'),
    ),
)
