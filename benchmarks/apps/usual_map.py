"""The usual way to click into a latent map in Streamlit: a Plotly scatter, and an image that the server decodes.

`benchmarks.map` serves it beside the app: EXPLORER_RUN names the model.
"""

import os

import numpy as np
import plotly.graph_objects as go
import streamlit as st


@st.cache_resource
def load():
    """The model, the latents of its test images, their places and classes: once for all browsers."""
    from explorer.inference import Session
    from explorer.latent import LatentSpace
    from explorer.library import find_run
    from explorer.maps import pca_map

    run = find_run(os.environ["EXPLORER_RUN"])
    space = LatentSpace.from_arrays(run.read_latents(), run.read_record().data)
    return Session(run), space, pca_map(space).points


model, space, points = load()
left, right = st.columns([3, 1])


@st.fragment
def explore():
    """The scatter and the image of the point that was clicked last."""
    marker = {"color": space.labels, "size": 4}
    figure = go.Figure(go.Scattergl(x=points[:, 0], y=points[:, 1], mode="markers", marker=marker))
    figure.update_layout(dragmode="pan", uirevision="map", clickmode="event+select", height=600)
    with left:
        event = st.plotly_chart(figure, key="map", on_select="rerun", selection_mode="points")
    chosen = [point["point_index"] for point in event["selection"]["points"]][:1]
    if chosen:
        st.session_state["row"] = chosen[0]
    latents = space.mean[[st.session_state.get("row", 0)]]
    right.image(model.decode(np.ascontiguousarray(latents))[0], width=200)


explore()
