"""A data explorer: a million trips, linked charts, and a table of all of them. What one person selects, everybody sees.

Run it: `dara start --config explorer:config`. It needs numpy and pandas.
"""

from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped, unused-ignore]  # has no types of its own

from dara.components import Button, Card, Chart, Grid, Heading, If, Presence, Select, Stack, Table, Text
from dara.core import ActionCtx, ConfigurationBuilder, DerivedVariable, ServerVariable, Variable, action
from dara.core.persistence import BackendStore

ROWS = 1_000_000
ZONES = ['Airport', 'Castle', 'Docks', 'Garden', 'Harbour', 'Market', 'Old Town', 'Station', 'Stadium', 'University']
PAYMENTS = ['App', 'Card', 'Cash']


def shares(weights: Any) -> Any:
    return np.array(weights) / np.sum(weights)


def trips_of(seed: int) -> pd.DataFrame:
    """Return the trips of a year: 20 columns of numbers, moments and names."""
    rng = np.random.default_rng(seed)
    day = rng.choice(365, ROWS, p=shares(2 + np.sin(np.arange(365) / 58 - 2)))
    hour = rng.choice(24, ROWS, p=shares(1.2 + np.sin(np.arange(24) / 3.6 - 2.2) + np.sin(np.arange(24) / 1.9) / 3))
    start = pd.Timestamp('2026-01-01') + pd.to_timedelta(
        day * 86_400 + hour * 3600 + rng.integers(0, 3600, ROWS), unit='s'
    )
    zone = rng.choice(10, ROWS, p=shares([9, 4, 3, 2, 6, 7, 8, 10, 2, 5]))
    distance = (rng.gamma(2, 2.2, ROWS) * np.where(zone == 0, 2.1, 1)).round(2)
    minutes = (distance * rng.normal(3.2, 0.6, ROWS).clip(1.5) + 2).round(1)
    fare = (3.5 + 1.9 * distance + 0.35 * minutes).round(2)
    tip = (fare * rng.choice([0, 0.1, 0.15, 0.2], ROWS, p=[0.4, 0.2, 0.25, 0.15])).round(2)
    rating = pd.Series(rng.choice([1, 2, 3, 4, 5, np.nan], ROWS, p=[0.01, 0.02, 0.07, 0.25, 0.45, 0.2]))
    return pd.DataFrame(
        {
            'trip': np.arange(1, ROWS + 1),
            'start': start.round('min'),
            'end': (start + pd.to_timedelta(minutes, unit='m')).round('min'),
            'from': pd.Categorical.from_codes(zone, ZONES),
            'to': pd.Categorical.from_codes(rng.integers(0, 10, ROWS), ZONES),
            'km': distance,
            'minutes': minutes,
            'km/h': (60 * distance / minutes).round(1),
            'fare': fare,
            'tip': tip,
            'total': (fare + tip).round(2),
            'payment': pd.Categorical.from_codes(rng.choice(3, ROWS, p=[0.5, 0.35, 0.15]), PAYMENTS),
            'passengers': rng.integers(1, 5, ROWS),
            'rating': rating,
            'shared': rng.random(ROWS) < 0.1,
            'hour': start.hour,
            'weekday': pd.Categorical.from_codes(start.dayofweek, ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']),
            'driver': rng.integers(1000, 4000, ROWS),
            'car': rng.integers(1, 900, ROWS),
            'wait': rng.exponential(4, ROWS).round(1),
        }
    )


trips = ServerVariable(trips_of(1), scope='global')
brush: Variable[Any] = Variable({}, store=BackendStore())
payment = Variable(default='All', store=BackendStore())


def select(trips: pd.DataFrame, payment: str, brush: dict[str, Any], *ignoring: str) -> pd.DataFrame:
    paid = trips if payment == 'All' else trips[trips['payment'] == payment]
    return Chart.within(paid, brush, ignoring=ignoring)


def besides(*columns: str) -> DerivedVariable[Any]:
    """Return the trips that are chosen in the other columns."""
    return DerivedVariable(lambda *inputs: select(*inputs, *columns), variables=[trips, payment, brush])


chosen = besides()
figures: DerivedVariable[Any] = DerivedVariable(
    lambda trips: {
        'trips': f'{len(trips):,}',
        'income': f'{trips["total"].sum():,.0f} €',
        'fare': f'{trips["fare"].mean():.2f} €' if len(trips) else '-',
        'rating': f'{trips["rating"].mean():.2f}' if trips['rating'].notna().any() else '-',
    },
    variables=[chosen],
)


def figure(label: str, name: str) -> Card:
    return Card(
        Text(label, color='dimmed', font_size=13),
        Text(figures.get(name), bold=True, font_size='clamp(1.1rem, 2.4vw, 1.7rem)', id_=name),
    )


def chart(title: str, kind: str, x: str, **props: Any) -> Card:
    return Card(Chart(besides(x), kind=kind, x=x, selection=brush, label=title, height=240, **props), title=title)


@action
async def show_everything(ctx: ActionCtx) -> None:
    await ctx.update(brush, {})
    await ctx.update(payment, 'All')


COLUMNS = [
    Table.column('trip', label='Trip', sticky='left', width=110),
    Table.column('start', label='Start'),
    Table.column('from', label='From'),
    Table.column('to', label='To'),
    Table.column('km', formatter={'type': 'number', 'precision': 2}),
    Table.column('minutes', label='Minutes'),
    Table.column('fare', label='Fare', formatter={'type': 'number', 'precision': 2}),
    Table.column('tip', label='Tip', formatter={'type': 'number', 'precision': 2}),
    Table.column('payment', label='Payment', formatter={
        'type': 'badge',
        'badges': {'App': {'label': 'App', 'color': 'teal'}, 'Card': {'label': 'Card', 'color': 'blue'},
                   'Cash': {'label': 'Cash', 'color': 'orange'}},
    }),
    Table.column('rating', label='Rating', formatter={
        'type': 'threshold',
        'thresholds': [{'bounds': (0, 3), 'color': 'red'}, {'bounds': (3, 4), 'color': 'orange'},
                       {'bounds': (4, 6), 'color': 'green'}],
    }),
    *(Table.column(name, label=name.capitalize())
      for name in ('passengers', 'shared', 'hour', 'weekday', 'driver', 'car', 'wait', 'total', 'end')),
    'km/h',
]  # fmt: skip

config = ConfigurationBuilder()
config.title = 'Trips'
config.width = 'full'
config.add_page(
    'Explore',
    content=Stack(
        Stack(
            Stack(Heading('A year of trips', level=1), Presence(), direction='horizontal', hug=True),
            Stack(
                If(brush != {}, Button('Show everything', onclick=show_everything(), outline=True)),
                Select(value=payment, items=['All', *PAYMENTS], placeholder='Payment', width=140, id_='payment'),
                direction='horizontal',
                hug=True,
            ),
            direction='horizontal',
            justify='space-between',
        ),
        Grid(
            Grid.Row(
                *(
                    Grid.Column(figure(*each), span=Grid.Breakpoints(xs=6, md=3))
                    for each in (
                        ('Trips', 'trips'),
                        ('Income', 'income'),
                        ('Mean fare', 'fare'),
                        ('Mean rating', 'rating'),
                    )
                ),
            )
        ),
        Grid(
            Grid.Row(
                *(
                    Grid.Column(each, span=Grid.Breakpoints(xs=12, md=6, xl=3))
                    for each in (
                        chart('Distance in km', 'histogram', 'km'),
                        chart('Hour of the day', 'bar', 'hour', aggregate='count'),
                        chart('Start', 'bar', 'from', aggregate='count'),
                        chart('Through the year', 'histogram', 'start', bins=52),
                    )
                ),
            )
        ),
        Card(
            Table(data=chosen, columns=COLUMNS, max_rows=14, searchable=True, export=['csv'], label='Trips'),
            title='All of them',
        ),
    ),
)
