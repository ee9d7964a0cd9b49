"""Functions with annotated parameters: each says which type it was given. The annotations are text at run time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import wraps
from threading import current_thread
from typing import Annotated, Any, Literal, NewType
from uuid import UUID

import numpy as np
import numpy.typing as npt
import pandas as pd  # type: ignore[import-untyped]
from pydantic import BaseModel, Field

from dara.components import Button, Stack, Text
from dara.core import ActionCtx, ConfigurationBuilder, DerivedVariable, Variable, action, py_component


class Point(BaseModel):
    x: int
    y: int = 0
    when: date | None = None


@dataclass
class Size:
    width: float
    corner: Point


class Color(Enum):
    RED = 'red'


class Money:
    """A type of the app itself, of which JSON knows nothing."""

    def __init__(self, cents: int) -> None:
        self.cents = cents
        self.made_in = current_thread().name


class Thing:
    """A type that nothing converts."""


Id = NewType('Id', int)
ORIGIN = Point(x=0)


def kind(value: Any) -> str:
    """Name the type of a value, and those of its elements."""
    name = type(value).__name__
    if isinstance(value, dict):
        return f'{name}({", ".join(f"{key}={kind(each)}" for key, each in value.items())})'
    return f'{name}({", ".join(map(kind, value))})' if isinstance(value, (list, tuple, set)) else name


def model(it: Point):
    return kind(it), it.x, it.when


def models(it: list[Point]):
    return kind(it)


def named(it: dict[str, Point]):
    return kind(it)


def maybe(it: Point | None):
    return kind(it)


def either(it: Point | str):
    return kind(it)


def pair(it: tuple[int, Point]):
    return kind(it)


def several(it: set[int]):
    return kind(it)


def record(it: Size):
    return kind(it), it.width, kind(it.corner)


def array(it: np.array):  # type: ignore[valid-type]
    return kind(it)


def numbers(it: np.ndarray):
    return kind(it), str(it.dtype)


def floats(it: npt.NDArray[np.float32]):
    return kind(it), str(it.dtype)


def small(it: np.int8):
    return kind(it)


def real(it: np.float64):
    return kind(it)


def any_number(it: np.floating):
    return kind(it)


def moment64(it: np.datetime64):
    return kind(it)


def frame(it: pd.DataFrame):
    return kind(it), list(it.columns), len(it)


def series(it: pd.Series):
    return kind(it), int(it.sum())


def index(it: pd.Index):
    return kind(it)


def times(it: pd.DatetimeIndex):
    return kind(it), str(it[0].date())


def stamp(it: pd.Timestamp):
    return kind(it), it.year


def moment(it: datetime):
    return kind(it), it.isoformat()


def day(it: date):
    return kind(it), it.isoformat()


def span(it: timedelta):
    return kind(it), it.total_seconds()


def exact(it: Decimal):
    return kind(it), str(it)


def unique(it: UUID):
    return kind(it)


def color(it: Color):
    return kind(it)


def whole(it: int):
    return kind(it), it


def fraction(it: float):
    return kind(it), it


def text(it: str):
    return kind(it), it


def identity(it: Id):
    return kind(it)


def noted(it: Annotated[Point, Field(description='where')]):
    return kind(it)


def rest(*it: Point):
    return kind(it)


def default(it: Point = ORIGIN):
    return kind(it)


def untyped(it):
    return kind(it)


def unknown(it: NotDefined):  # type: ignore[name-defined]  # noqa: F821
    return kind(it)


def literal(it: Literal['a']):
    return kind(it)


def thing(it: Thing):
    return kind(it)


def money(it: Money):
    return kind(it), it.cents


def wallet(it: list[Money]):
    return kind(it)


async def awaited(it: Point):
    return kind(it), current_thread().name


async def awaited_wallet(it: list[Money]):
    return kind(it), it[0].made_in


async def awaited_frame(it: pd.DataFrame):
    return kind(it), len(it)


def passing_keywords(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function, as a decorator may, in one that takes keyword arguments alone."""

    @wraps(function)
    def wrapper(**keywords: Any) -> Any:
        return function(**keywords)

    return wrapper


class Scale:
    """A function can be a method, and an object that can be called."""

    def of(self, it: Point):
        return kind(it)

    def __call__(self, it: Point):
        return kind(it)


FUNCTIONS: list[Callable[..., Any]] = [
    model,
    models,
    named,
    maybe,
    either,
    pair,
    several,
    record,
    array,
    numbers,
    floats,
    small,
    real,
    any_number,
    moment64,
    frame,
    series,
    index,
    times,
    stamp,
    moment,
    day,
    span,
    exact,
    unique,
    color,
    whole,
    fraction,
    text,
    identity,
    noted,
    rest,
    default,
    untyped,
    unknown,
    literal,
    thing,
    money,
    wallet,
    awaited,
    awaited_frame,
    awaited_wallet,
]

config = ConfigurationBuilder()
config.add_encoder(typ=Money, serialize=lambda money: {'cents': money.cents}, deserialize=lambda it: Money(it['cents']))

it = Variable(uid='it')
price = Variable(Money(5), uid='price')
derived = [DerivedVariable(each, variables=[it], uid=each.__name__, cache=None) for each in FUNCTIONS]
derived += [
    DerivedVariable(Scale().of, variables=[it], uid='method'),
    DerivedVariable(Scale(), variables=[it], uid='callable'),
]

# What one function passes to another on the server keeps its type.
made = {
    'made_frame': DerivedVariable(lambda: pd.DataFrame({'a': [1]}), variables=[]),
    'made_thing': DerivedVariable(Thing, variables=[]),
    'made_tuple': DerivedVariable(lambda: (1, 2), variables=[]),
    'made_points': DerivedVariable(lambda: [Point(x=1)], variables=[]),
    'made_money': DerivedVariable(lambda: Money(7), variables=[], uid='coin'),
}


def pass_on(uid: str, function: Any) -> DerivedVariable[Any]:
    return DerivedVariable(function, variables=[made[uid]], uid=uid)


derived += [
    pass_on('made_frame', untyped),
    pass_on('made_thing', untyped),
    pass_on('made_tuple', models),
    pass_on('made_points', models),
    pass_on('made_money', money),
    made['made_money'],
]


@py_component
@passing_keywords
def part(it: pd.DataFrame, where: Point, *, plain: Any) -> Text:
    return Text(f'{kind(it)} {kind(where)} {kind(plain)}')


@action
async def act(ctx: ActionCtx, it: Point, price: Money) -> None:
    await ctx.update(Variable(uid='it'), [kind(it), kind(price), kind(ctx.input)])


@action
def act_without_ctx(it: np.ndarray) -> None:
    raise RuntimeError(kind(it))


config.add_page(
    'Page',
    content=Stack(
        *map(Text, derived),
        Text(price),
        part(it=it, where=it, plain=Point(x=1)),
        Button('Act', onclick=act(it, price)),
        Button('Act', onclick=act_without_ctx(it)),
    ),
)
