"""Decoding on the server, for a panel whose decoder is too large for the page."""

import streamlit as st

from explorer.library import Entry
from explorer.palette import grey_tiles
from explorer.ui.components import answer_latents
from explorer.ui.layout import explained_errors
from explorer.ui.state import open_session


@st.fragment
@explained_errors()
def decode_for(entry: Entry, panel: str) -> None:
    """Decode what the panel of this key asks for; nothing but this runs again for it."""
    session = open_session(entry)
    latent_dim = entry.record.config.latent_dim
    answer_latents(
        lambda latents: grey_tiles(session.decode(latents)), latent_dim, panel=panel, key=f"{panel}-decodes-{entry.key}"
    )
