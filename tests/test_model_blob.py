"""What the browser gets of a model: scales of the latents that it has."""

import numpy as np
import pytest
from small_runs import train_small

from explorer import support
from explorer.latent import LatentSpace
from explorer.library import Entry
from explorer.ui import model_blob

FEW = 60


@pytest.mark.parametrize("most", [FEW, 10_000])
def test_the_scale_of_distances_is_of_the_latents_that_the_page_searches(most, tmp_path, monkeypatch):
    monkeypatch.setattr(model_blob, "MOST_LATENTS", most)
    run = train_small(tmp_path / "run", latent_dim=3)
    entry = Entry("run", run, run.read_record(), shipped=False)
    space = LatentSpace.from_arrays(run.read_latents(), entry.record.data)
    tensors = model_blob.model_blob(entry).tensors
    rows = tensors["rows"].astype(np.int64)
    assert len(rows) == min(most, len(space.mean))
    expected = support.nearest_other(space.sample(rows), space.mean[rows], np.arange(len(rows)))
    np.testing.assert_allclose(tensors["scale.nearest"], support.scale_of(expected), rtol=1e-5)
