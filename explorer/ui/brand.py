"""The name and the mark in the sidebar's head; the words are paths, because an image cannot use the page's font."""

from pathlib import Path

import streamlit as st

from explorer.ui.state import theme

_WEB = Path(__file__).parent / "web"
MARK = str(_WEB / "mark.svg")


def show_brand() -> None:
    """Put the wordmark over the navigation, and the mark alone where the sidebar is closed."""
    st.logo(_WEB / f"brand-{theme()}.svg", size="large", icon_image=MARK)
