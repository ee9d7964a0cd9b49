"""A thousand texts that show the value of one field, in Streamlit."""

import streamlit as st

text = st.text_input('Field', 'text: _')
for _ in range(1000):
    st.text(text)
