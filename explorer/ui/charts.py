"""Charts on pages: bare ones, and curves that the browser saves as PNG."""

from typing import Any

import streamlit as st

from explorer.palette import PALETTES
from explorer.ui.state import theme

BARE: dict[str, Any] = {"displayModeBar": False}  # the `config` of a chart without buttons
DENSITY = 2  # pixels of the file a pixel of the page


def draw_curves(figure: Any, *, key: str, name: str) -> None:
    """Draw a Plotly figure; the camera at its corner saves `name`.png, on the page's own colour."""
    figure.update_layout(paper_bgcolor=PALETTES[theme()].paper)  # else the file has no background
    image = {"format": "png", "filename": name, "scale": DENSITY}
    config = {"displaylogo": False, "modeBarButtons": [["toImage"]], "toImageButtonOptions": image}
    st.plotly_chart(figure, key=key, config=config)
