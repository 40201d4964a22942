"""A map of the test images' latents: what lies here, and what between them?"""

import streamlit as st

from explorer.ui.handoff import hand_over
from explorer.ui.latent_charts import draw_dimensions, draw_hidden
from explorer.ui.layout import explained_errors, page_head, require_entry
from explorer.ui.manifold import OpenWish, PathWish, WalkWish, manifold
from explorer.ui.map_blob import ERROR, map_blob, run_of
from explorer.ui.map_form import map_form
from explorer.ui.map_view import MAP_VIEWS
from explorer.ui.map_wishes import open_walk, require_map, save_path
from explorer.ui.model_blob import model_blob
from explorer.ui.panel import open_in_sliders
from explorer.ui.remote import decode_for
from explorer.ui.selection import draw_selection
from explorer.ui.visit import uploaded_starts

entry = require_entry()
beside = page_head(
    "Manifold",
    "Point anywhere to decode what lies there, between the test images too. Click to pin.",
    r"Each point is the posterior mean of a test image. A linear map shows $p = U^\top z$, and a place $p$ is lifted "
    r"to $z = z_0 + U(p - U^\top z_0)$, where $z_0$ is the mean of all latents or a pin: the dimensions that the map "
    r"does not show stay as they are there. A UMAP has no formula: a place is lifted to the mean of the latents of its "
    r"nearest points, weighted by their nearness. The image is $\mathrm{decoder}(z)$, in your browser."
    "\n\n"
    "Distances on a UMAP say little: clumps are near each other by chance, and their sizes mean nothing. What is "
    "**hatched** is further from every test image than test images are from each other: nobody has been there, so do "
    "not trust what is drawn.",
)
require_map(entry)
wanted_errors: set[str] = st.session_state.setdefault("map_errors", set())
with explained_errors(), st.skeleton(height=760):
    tools = beside.container(horizontal=True, width="content")
    with tools:
        map_form(entry)
    arrival = MAP_VIEWS.recall(entry)
    starts = ([] if arrival.handed is None else [arrival.handed]) + uploaded_starts(entry, tools)
    blob = map_blob(entry, arrival.place, starts, with_error=entry.key in wanted_errors)
    decodes_here = model_blob(entry).has_decoder
news = manifold(blob, run_of(entry), key="manifold")
if not decodes_here:
    decode_for(entry, "manifold")
view = news.view or arrival.place
if news.view is not None:
    MAP_VIEWS.remember(entry, news.view)
    if news.view.pins:
        last = news.view.pins[-1]
        hand_over(entry, last.z or (), last.label)
if view.color == ERROR and entry.key not in wanted_errors:  # takes a moment, so only when it is asked for
    wanted_errors.add(entry.key)
    st.rerun()
match news.wish:
    case PathWish():
        save_path(entry, news.wish)
    case OpenWish():
        hand_over(entry, news.wish.z, news.wish.label)
        open_in_sliders(entry, news.wish.z)
    case WalkWish():
        open_walk(entry, view.pins)
with explained_errors():
    draw_selection(entry, view, news.selected)
    draw_hidden(entry, view)
    draw_dimensions(entry)
