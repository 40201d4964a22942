"""What the browser gets of a codebook, once: its vectors, the code maps of the test images, and the decoder.

The blob is a safetensors file; its metadata are JSON: `codes` (below), `decoder` (a table of layers,
where the page decodes), `panel` (where the panel was left).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from safetensors.numpy import save

from explorer.code_maps import CodeMaps
from explorer.codebook import mean_patches, shrunk, uses_of
from explorer.library import Entry
from explorer.networks import VQVAEConfig
from explorer.palette import grey_tiles
from explorer.principal import principal_plane
from explorer.ui.model_blob import Tensors, nets_for_page
from explorer.ui.state import open_code_maps, open_code_session

if TYPE_CHECKING:  # imports torch; the page is drawn first
    from explorer.code_inference import CodeSession

WINDOW = 8  # sites of the map that the page checks its decoder with, a side
DECODED = 128  # test images that patches are averaged over, and that stand as examples
EXAMPLE_SIDE = 64  # pixels of such an example at most


@dataclass(frozen=True)
class CodebookBlob:
    """The part of the blob that is the model's.

    Attributes:
        tensors: "codebook" f32 (K, D); "codes" u8 or u16 (N, s, s) of the test images, "labels" i32 (N,) where there
            are classes, "column.<name>" i32 (N,); "patches" u8 (K, 3p, 3p) of `codebook.mean_patches`, "plane" f32
            (K, 2); "tiles" u8 (T, h, h), decoded test images made small, and "tiles.rows" i32 (T,) which ones;
            "decoder.*" of `browser_net.py`, where the page decodes.
        facts: metadata; `codes` names the run, its classes and columns, and why a net was left out.
    """

    tensors: Tensors
    facts: Mapping[str, str]

    @property
    def has_decoder(self) -> bool:
        """Whether the page decodes; else the server has to."""
        return "decoder" in self.facts

    def with_panel(self, panel: dict[str, Any], no_originals: str | None) -> bytes:
        """The whole blob; `no_originals` says why the test images themselves are not to be had."""
        codes = json.loads(self.facts["codes"]) | {"no_originals": no_originals}
        return save(self.tensors, {**self.facts, "codes": json.dumps(codes), "panel": json.dumps(panel)})


def codebook_blob(entry: Entry) -> CodebookBlob:
    """Made once a model. Raises RunError when the run cannot be loaded or has no code maps."""
    return _blob(str(entry.run.directory), entry.run.version, entry)


@st.cache_resource(max_entries=4, show_spinner=False)
def _blob(directory: str, version: int, _entry: Entry) -> CodebookBlob:
    maps, session = open_code_maps(_entry, "test"), open_code_session(_entry)
    model, data = _entry.record.config.model, _entry.record.data
    assert isinstance(model, VQVAEConfig)
    plane = principal_plane(session.codebook)
    window = min(WINDOW, model.map_size)
    nets, left_out = nets_for_page({"decoder": lambda: session.browser_decoder(window)})
    codes = {
        "run": f"{directory}@{version}",
        "name": _entry.run.directory.name,
        "image": model.image_size,
        "labels": list(data.label_names),
        "columns": list(maps.metadata),
        "plane": plane.shares.tolist(),
        "left_out": left_out,
    }
    tensors: Tensors = {
        "codebook": session.codebook,
        "codes": maps.codes.astype(np.uint8 if model.codebook_size <= 256 else np.uint16),
        "plane": plane.points.astype(np.float32),
    }
    if maps.labels is not None:
        tensors["labels"] = maps.labels.astype(np.int32)
    tensors |= {f"column.{name}": column.astype(np.int32) for name, column in maps.metadata.items()}
    tensors |= _pictures(session, maps, model) | {
        name: array for net in nets.values() for name, array in net.tensors.items()
    }
    tables = {name: json.dumps(net.layers) for name, net in nets.items()}
    return CodebookBlob(tensors, tables | {"codes": json.dumps(codes)})


def _pictures(session: CodeSession, maps: CodeMaps, model: VQVAEConfig) -> Tensors:
    """The examples and the patches; a code that no example has is decoded alone, in a map of nothing else."""
    count = len(maps.codes)
    rows = np.linspace(0, count - 1, min(count, DECODED)).astype(np.int32)
    decoded, size = session.decode(maps.codes[rows]), model.codebook_size
    patches = mean_patches(decoded, maps.codes[rows], size)
    alone = np.flatnonzero(uses_of(maps.codes[rows], size) == 0)
    if len(alone):
        patches[alone] = session.decode(np.broadcast_to(alone[:, None, None], (len(alone), 3, 3)).copy())
    return {
        "tiles": grey_tiles(shrunk(decoded, EXAMPLE_SIDE)),
        "tiles.rows": rows,
        "patches": grey_tiles(patches),
    }
