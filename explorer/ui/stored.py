"""What a run can show of its reconstructions where its images are not: those that it stored as it learned."""

import numpy as np
import streamlit as st

from explorer.errors import DatasetError
from explorer.library import Entry
from explorer.ui.components import SheetRow, image_sheet
from explorer.ui.layout import explained_errors, section
from explorer.ui.picture_size import row_scale
from explorer.ui.words import plain

MOST_ROWS = 5


def draw_stored_reconstructions(entry: Entry, error: DatasetError) -> None:
    """Say why the images are not here, and show a row of stored decodes for some of the epochs."""
    st.info(plain(str(error)), icon=":material/info:")
    if entry.run.snapshot_epochs():
        section("Decoded test images, stored " + ("on import" if entry.record.imported else "while the model learned"))
        draw_stored_rows(entry, MOST_ROWS)


def draw_stored_rows(entry: Entry, most: int) -> None:
    """At most so many rows of stored decodes, each of an epoch, the newest first; or that none are stored."""
    epochs = entry.run.snapshot_epochs()
    if not epochs:
        st.caption("No pictures are stored with this run.")
        return
    chosen = np.unique(np.linspace(len(epochs) - 1, 0, min(most, len(epochs))).round().astype(int))[::-1]
    rows, imported = [], entry.record.imported is not None
    for epoch in [epochs[place] for place in chosen]:
        with explained_errors():
            decoded = entry.run.read_snapshot(epoch)["reconstructions"].astype(np.uint8)
        label = "imported" if imported else f"epoch {epoch}"
        rows.append(SheetRow(label, "untrained" if epoch == 0 and not imported else "decoded", decoded))
    image_sheet(rows, key=f"stored-{entry.key}-{most}", scale=row_scale(entry.record.config.model.image_size))
