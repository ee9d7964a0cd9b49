"""A thousand components: 500 fields, each with a text that shows its value, in Streamlit."""

import streamlit as st

for i in range(500):
    st.text(st.text_input(f'Field {i}', f'text {i}: _'))
