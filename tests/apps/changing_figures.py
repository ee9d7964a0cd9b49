"""Figures of ten series, of which one changes: of all packages, from DerivedVariables and from a py_component."""

import math
import threading

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import plotly.graph_objects as go
from bokeh.plotting import figure
from matplotlib.figure import Figure

from dara.components import Bokeh, Chart, Plotly, Slider, Stack, Text
from dara.core import ConfigurationBuilder, DerivedVariable, Variable, py_component
from dara.core.auth import USER

SERIES = 10
changed = Variable(0, uid='changed')


def series(changed, points):
    """Return the values of each series; another number changes the fourth one."""
    x = np.arange(float(points))
    return [np.sin(x / (5 + each) + (changed if each == 3 else 0)) for each in range(SERIES)]


def plotly_of(changed, points):
    return go.Figure([go.Scatter(y=each, name=f'{index}') for index, each in enumerate(series(changed, points))])


def small(changed):
    return plotly_of(changed, 300)


def large(changed):
    return plotly_of(changed, 5000)


def lists(changed):
    return {'data': [{'type': 'scatter', 'y': each.tolist()} for each in series(changed, 300)]}


def bokeh(changed):
    plot = figure()
    for each in series(changed, 300):
        plot.line(list(range(300)), each)
    return plot


def matplotlib(changed):
    drawn = Figure()
    axes = drawn.subplots()
    for each in series(changed, 300):
        axes.plot(each)
    return drawn


def appended(changed):
    return {'y': [math.sin(each) for each in range(5000 + changed)]}


def frame(changed):
    cells = {'id': range(20_000), 'text': ['x' * 50] * 20_000, 'number': range(20_000)}
    rows = pd.DataFrame(cells)
    rows.loc[15_000, 'number'] = changed
    return rows


def own(changed):
    return f'{USER.get().identity_id}\n' * 1000 + 'the same\n' * 1000


@py_component
def part(changed):
    return Stack(Plotly(plotly_of(changed, 300), alt='Part'), Chart(frame(changed)[:2000], x='id', y='number'))


@py_component
def large_part(changed):
    return Plotly(plotly_of(changed, 3000), alt='Large part')


class Recorded(go.Figure):  # type: ignore[misc]
    """A figure whose title is the place of its conversion."""

    def to_dict(self):
        is_main = threading.current_thread() is threading.main_thread()
        return {**super().to_dict(), 'layout': {'title': {'text': 'event loop' if is_main else 'thread'}}}


@py_component
async def async_part(changed):
    return Plotly(Recorded(go.Scatter(y=[changed])))


FUNCTIONS = [small, large, lists, bokeh, matplotlib, appended, frame, own]
derived = {each.__name__: DerivedVariable(each, variables=[changed], uid=each.__name__) for each in FUNCTIONS}

config = ConfigurationBuilder()
config.add_page(
    'Figures',
    Stack(
        Slider(value=changed, domain=[0, 10], label='Changed'),
        Plotly(derived['large'], alt='Large'),
        Bokeh(derived['bokeh'], alt='Bokeh'),
        part(changed),
        large_part(changed),
        async_part(changed),
    ),
)
others = ['small', 'lists', 'matplotlib', 'appended', 'frame', 'own']
config.add_page('Others', Stack(*(Text(derived[each]) for each in others)))
