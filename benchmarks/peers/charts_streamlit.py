"""Charts in Streamlit; `VIEW`, a variable of the environment, is one of `plotly`, `own`, `linked` and `live`."""

import os

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

VIEW = os.environ['VIEW']
HEIGHT = 400


@st.cache_data
def points(number: int) -> pd.DataFrame:
    """Return points around a wave."""
    noise = np.random.default_rng(1)
    x = noise.uniform(0, 100, number)
    return pd.DataFrame({'x': x, 'y': np.sin(x / 8) + noise.normal(0, 0.4, number)})


def cloud(data: pd.DataFrame) -> go.Figure:
    """Draw points by WebGL."""
    figure = go.Figure(go.Scattergl(x=data['x'], y=data['y'], mode='markers', marker_size=3))
    return figure.update_layout(height=HEIGHT, title='Points', dragmode='select' if VIEW == 'linked' else 'zoom')


def spread(data: pd.DataFrame) -> go.Figure:
    """Draw the distribution of selected points, or of all."""
    heights, edges = np.histogram(data['y'], 20)
    title = 'chart of all' if len(data) == len(few) else 'chart of some'
    return go.Figure(go.Bar(x=edges[:-1], y=heights)).update_layout(height=HEIGHT, title=title)


def named(data: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the table."""
    return data.assign(part='table of all' if len(data) == len(few) else 'table of some')


def wave(tick: int) -> go.Figure:
    """Draw a figure that moves."""
    x = np.linspace(0, 12, 500)
    return go.Figure(go.Scatter(x=x, y=np.sin(x + tick / 10))).update_layout(height=HEIGHT, title=f'tick {tick}')


few = points(10_000)
if VIEW == 'plotly':
    st.plotly_chart(cloud(points(100_000)))
elif VIEW == 'own':
    st.scatter_chart(points(100_000), x='x', y='y', height=HEIGHT)
elif VIEW == 'live':
    st.session_state.setdefault('tick', 0)

    @st.fragment(run_every=0.1)
    def live() -> None:
        """Move the figure ten times a second."""
        st.session_state.tick += 1
        st.plotly_chart(wave(st.session_state.tick), key='wave')

    live()
else:
    selected = st.plotly_chart(cloud(few), on_select='rerun', selection_mode='box', key='points').selection
    chosen = few.iloc[selected.point_indices] if selected.point_indices else few
    st.plotly_chart(spread(chosen), key='spread')
    st.dataframe(named(chosen))
