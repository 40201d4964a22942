"""A latent that one page hands to the next: what a visitor clicked or stopped at last, of this model."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from explorer.latent import Start
from explorer.library import Entry

GROUP = "last clicked"


@dataclass(frozen=True)
class _Handed:
    key: str
    start: Start


def hand_over(entry: Entry, z: tuple[float, ...], label: str) -> None:
    """Keep z (L,) of `entry` for the other pages of this visit; `label` says where it was found."""
    start = Start(label, GROUP, np.asarray(z, np.float32))
    st.session_state["handed"] = _Handed(entry.key, start)


def handed(entry: Entry) -> Start | None:
    """What was handed over last, if it was a latent of this model."""
    last: _Handed | None = st.session_state.get("handed")
    if last is None or last.key != entry.key or len(last.start.latent) != entry.record.config.latent_dim:
        return None
    return last.start
