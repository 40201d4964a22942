"""Walk from one image to another, or between four: what lies between them?"""

import streamlit as st

from explorer.ui.handoff import hand_over
from explorer.ui.interpolator import interpolator
from explorer.ui.layout import explained_errors, page_head, require_entry, require_latent
from explorer.ui.model_blob import model_blob
from explorer.ui.movie_form import movie_form
from explorer.ui.panel import open_in_sliders
from explorer.ui.remote import decode_for
from explorer.ui.visit import uploaded_starts
from explorer.ui.walks import WALKS, walk_blob

entry = require_entry()
beside = page_head(
    "Interpolate",
    "Drag along the strip from A to B, or point into the square between four. Click an anchor to choose another one.",
    r"Every frame is decoded from a latent between those of two images: on the straight way, or on the spherical one, "
    r"$z_t = \big((1 - t)|z_A| + t|z_B|\big) \frac{\sin((1 - t)\theta)\,\hat{z}_A + \sin(t\theta)\,\hat{z}_B}"
    r"{\sin\theta}$, where $\theta$ is the angle between the two. In many dimensions images lie in a shell around the "
    "prior's mean, and the straight way cuts through it. A peak in the change per step is a jump; a hill in the "
    "distance to the nearest test image is a hole, where no data backs what is drawn.",
)
require_latent(entry)
with explained_errors(), st.skeleton(height=620):
    arrival = WALKS.recall(entry)
    handed = [] if arrival.handed is None else [arrival.handed]
    blob = walk_blob(entry, arrival.place, handed + uploaded_starts(entry, beside))
    decodes_here = model_blob(entry).has_decoder
left = interpolator(blob, key="interpolate")
if not decodes_here:
    decode_for(entry, "interpolate")
if left is not None:
    WALKS.remember(entry, left)
    hand_over(entry, left.z, "a frame between " + " and ".join(anchor.label for anchor in left.shown))
walk = left or arrival.place
with st.container(horizontal=True):
    if st.button("Open in Sliders", icon=":material/tune:"):
        open_in_sliders(entry, walk.z)
    with st.popover("Save", icon=":material/movie:"), explained_errors():
        movie_form(entry, walk)
