"""A table of `ROWS` rows, a variable of the environment, with ten columns, in Streamlit."""

import os

import pandas as pd
import streamlit as st

COUNT = int(os.environ['ROWS'])


def load() -> list[dict[str, object]]:
    """Return the rows, whose order is the opposite of their names'."""
    numbers = [f'c{column}' for column in range(8)]
    return [
        {'name': f'item {i:06}', 'order': COUNT - i, **dict.fromkeys(numbers, i * 7919 % 10007)} for i in range(COUNT)
    ]


st.dataframe(pd.DataFrame(st.cache_data(load)()))
