"""The usual way to drag a latent in Streamlit: a slider a dimension, and an image that the server decodes and sends.

`benchmarks.drag` serves it beside the app: EXPLORER_RUN names the model.
"""

import os

import numpy as np
import streamlit as st


@st.cache_resource
def load():
    """The model, once for all browsers."""
    from explorer.inference import Session
    from explorer.library import find_run

    return Session(find_run(os.environ["EXPLORER_RUN"]))


model = load()
columns = st.columns([1, 2])
size = model.record.config.model.latent_dim
with columns[1]:
    z = [st.slider(f"z{dim + 1}", -3.0, 3.0, 0.0, 0.01) for dim in range(size)]
columns[0].image(model.decode(np.array([z], np.float32))[0], width=280)
