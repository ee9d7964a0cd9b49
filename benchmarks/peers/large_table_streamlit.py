"""A table of `ROWS` rows and 20 columns in Streamlit."""

import os

import numpy as np
import pandas as pd
import streamlit as st

COUNT = int(os.environ.get('ROWS', '1000000'))


@st.cache_resource
def load() -> pd.DataFrame:
    """Return the rows; the order of `order` is the opposite of that of the names."""
    numbers = np.arange(COUNT)
    columns = {'name': [f'item {i:06}' for i in range(COUNT)], 'order': COUNT - numbers}
    return pd.DataFrame({**columns, **{f'c{column}': numbers * 7919 % 10007 / (column + 1) for column in range(18)}})


st.dataframe(load())
