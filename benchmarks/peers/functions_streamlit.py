"""Functions on the server, in Streamlit; the slow one is cached, so that it does not run for other widgets."""

import time

import streamlit as st


@st.cache_data
def slow(number: int) -> str:
    """Answer late."""
    time.sleep(0.2)
    return f'slow: {number}'


def click() -> None:
    """Count a click."""
    st.session_state.clicks += 1


st.session_state.setdefault('clicks', 0)
number = st.slider('Number', 0, 1_000_000, 0)
st.text(f'double: {2 * number}')
text = st.text_input('Text')
st.text(f'upper: {text.upper()}')
st.button('Click', on_click=click)
st.text(f'clicks: {st.session_state.clicks}')
slow_number = st.slider('Slow number', 0, 1_000_000, 0)
st.text(slow(slow_number))
