"""A field of each kind whose value a type checks, and one that only ann may change."""

from typing import Literal

from pydantic import BaseModel, Field

from dara.components import ButtonBar, CheckboxGroup, Input, RadioGroup, Select, Slider, Stack, Switch, Text, Textarea
from dara.core import ConfigurationBuilder, Variable
from dara.core.persistence import BackendStore, FileBackend


class Order(BaseModel):
    amount: int = Field(le=1000)
    size: Literal['small', 'large']
    colour: Literal['red', 'blue']
    how: Literal['air', 'sea']
    extras: list[str] = Field(max_length=1)
    more: list[str] = Field(max_length=1)
    share: float = Field(le=50)
    is_gift: Literal[False]
    note: str = Field(max_length=5)


DEFAULT = {
    'amount': 600,
    'size': 'small',
    'colour': 'red',
    'how': 'air',
    'extras': ['bow'],
    'more': ['card'],
    'share': 20,
    'is_gift': False,
    'note': 'hello',
}
order = Variable(default=DEFAULT, store=BackendStore(FileBackend(path='store.json'), type=Order))

config = ConfigurationBuilder()
config.add_page(
    'Order',
    content=Stack(
        Input(value=order.get('amount'), type='number', label='Amount'),
        Select(value=order.get('size'), items=['small', 'large', 'huge'], label='Size'),
        RadioGroup(value=order.get('colour'), items=['red', 'blue', 'green'], label='Colour'),
        ButtonBar(value=order.get('how'), items=['air', 'sea', 'rail'], label='How'),
        CheckboxGroup(value=order.get('extras'), items=['bow', 'box'], label='Extras'),
        Select(value=order.get('more'), items=['card', 'cake'], multiselect=True, label='More'),
        Slider(value=order.get('share'), domain=[0, 100], step=10, label='Share'),
        Switch(value=order.get('is_gift'), label='Gift'),
        Textarea(value=order.get('note'), label='Note'),
        Text(order, id_='stored'),
    ),
)
