"""Heavy imports in the background, and the garbage collector kept from paying for them at every click.

Streamlit collects garbage after each rerun. Once torch is imported that walk costs a tenth of a
second between a click and its answer; frozen objects are not walked. So everything loaded is
frozen, and frozen again when more was loaded.
"""

import gc
import importlib
import sys
import threading

import streamlit as st

HEAVY = (
    "plotly.graph_objects",
    "explorer.inference",
    "explorer.figures",
    "explorer.datasets.catalog",
    "explorer.aggregate",
)
MANY = 50  # new modules that are worth another freeze

_frozen_at = 0


def settle() -> None:
    """Freeze what is loaded, if much was imported since the last time."""
    global _frozen_at
    if len(sys.modules) - _frozen_at >= MANY:
        gc.collect()
        gc.freeze()
        _frozen_at = len(sys.modules)


@st.cache_resource(show_spinner=False)
def warm_up() -> bool:
    """Import what the pages will need, in a thread, once for all browsers; call it after a page was drawn."""
    threading.Thread(target=_import_all, name="warm-up", daemon=True).start()
    return True


def _import_all() -> None:
    for name in HEAVY:
        importlib.import_module(name)
    settle()
