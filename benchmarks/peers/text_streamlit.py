"""A text in a field, and shown, in Streamlit; it is not shared."""

import streamlit as st

st.text(st.text_input('Text'))
