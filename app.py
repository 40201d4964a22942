"""The app: page config, the list of pages, and a warm-up once the page is drawn."""

import streamlit as st

from explorer.ui.brand import MARK, show_brand
from explorer.ui.lesson import draw_step
from explorer.ui.picker import note_page, pick_model
from explorer.ui.warmup import settle, warm_up

st.set_page_config(page_title="Latent Explorer", page_icon=MARK, layout="wide", initial_sidebar_state=236)
show_brand()

overview = st.Page("pages/overview.py", title="Overview", icon=":material/home:", url_path="overview")


def open_overview() -> None:
    """Give the first page its own address: Streamlit serves a default page at / alone."""
    st.switch_page(overview, query_params=st.query_params.to_dict())


page = st.navigation(
    {
        "Model": [
            st.Page(open_overview, default=True, visibility="hidden"),
            overview,
            st.Page("pages/train.py", title="Train", icon=":material/model_training:", url_path="train"),
            st.Page("pages/compare.py", title="Compare", icon=":material/compare_arrows:", url_path="compare"),
        ],
        "Latent space": [
            st.Page("pages/sliders.py", title="Sliders", icon=":material/tune:", url_path="sliders"),
            st.Page("pages/manifold.py", title="Manifold", icon=":material/scatter_plot:", url_path="manifold"),
            st.Page("pages/interpolate.py", title="Interpolate", icon=":material/timeline:", url_path="interpolate"),
            st.Page("pages/codebook.py", title="Codebook", icon=":material/grid_on:", url_path="codebook"),
        ],
        "Images": [
            st.Page("pages/reconstruct.py", title="Reconstruct", icon=":material/compare:", url_path="reconstruct"),
            st.Page("pages/sample.py", title="Sample", icon=":material/casino:", url_path="sample"),
            st.Page("pages/anomalies.py", title="Anomalies", icon=":material/troubleshoot:", url_path="anomalies"),
        ],
    }
)
pick_model()
note_page(page.url_path)
draw_step(page.url_path)
try:
    page.run()
finally:  # a page may end early, with nothing to show
    warm_up()
    settle()
