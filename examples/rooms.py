"""Rooms: one page for each room, with a text that its visitors share. The address names the room.

Run it: `dara start --config rooms:config`. Open /rooms/kitchen in two browsers and /rooms/garden in a third: the
kitchen shares neither its text nor its visitors with the garden. Any name makes a room; `rooms.json` contains those
with text.
"""

from typing import Any
from urllib.parse import quote

from dara.components import Card, Heading, Input, Link, Presence, Stack, Text, Textarea
from dara.core import ActionCtx, ComponentInstance, ConfigurationBuilder, RouterPath, Variable, action, py_component
from dara.core.persistence import BackendStore, FileBackend

rooms = BackendStore(backend=FileBackend(path='rooms.json'))
name = Variable(default='')


@action
async def enter(ctx: ActionCtx, room: str) -> None:
    if room.strip():
        await ctx.navigate(f'/rooms/{quote(room.strip(), safe="")}')


def lobby() -> ComponentInstance:
    links = [Link(room.title(), to=f'/rooms/{room}', prefetch=True) for room in ('kitchen', 'garden', 'attic')]
    other = Input(value=name, label='Another one', placeholder='Its name, then Enter', onenter=enter(name))
    return Stack(Heading('The lobby'), Card(Stack(*links, direction='horizontal', gap=24), other, title='Rooms'))


def room(room_id: Variable[Any]) -> ComponentInstance:
    """Show any room: this runs once, with a variable that follows the address, and so does a store that is `at` it."""
    notes = Variable(default='', store=rooms.at(room_id))
    to_board = RouterPath('/boards/:room_id', params={'room_id': room_id})
    return Stack(
        Stack(
            Heading(room_id, raw_css='text-transform: capitalize'),
            Presence(),
            direction='horizontal',
            justify='space-between',
        ),
        Card(Textarea(value=notes, label='Notes', min_rows=6), subtitle='Shared by all who are in this room.'),
        Stack(Link('To its board', to=to_board), Link('To the lobby', to='/'), direction='horizontal', gap=24),
    )


def board(room_id: Variable[Any]) -> ComponentInstance:
    return Stack(Heading('Board'), chalk(room_id), Link('To the lobby', to='/'))


@py_component
def chalk(room_id: str) -> ComponentInstance:
    """Do the same in Python: this runs for each room, with its name, and makes it a store with a `uid` of its own."""
    line = Variable(default='', store=BackendStore(uid=f'board-{room_id}'))
    return Card(Input(value=line, label=f'On the board of the {room_id}'), Text(line, font_size=28))


config = ConfigurationBuilder()
config.title = 'Rooms'
config.router.add_index(content=lobby, name='Lobby')
config.router.add_page(path='rooms/:room_id', content=room, name='Room')
config.router.add_page(path='boards/:room_id', content=board, name='Board')
