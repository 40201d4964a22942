"""A copy of a run to pass on: half-precision weights, few snapshots, and no state to resume from."""

import numpy as np

from explorer.checkpoint import Arrays
from explorer.records import PriorLine
from explorer.runs import Run
from explorer.stored_maps import copy_maps

SNAPSHOTS = 12
POINTS = 1000  # latents of a passed-on snapshot: a cloud that moves needs no more


def export_run(run: Run, target: Run, credit: str) -> Run:
    """Copy `run` to `target` for others, with `credit` naming its data's source and licence.

    Weights are rounded to f16; means, ranges and other statistics stay f32. Maps and the calibration go along. Images
    of the data are not in a run, so none are passed on. Raises RunError when `target` holds a run already.
    """
    target.refuse_existing()
    record = run.read_record()
    target.make_directory()
    target.write_weights(_halved(run.read_weights()))
    if record.config.has_codes:
        _export_codes(run, target)
    else:
        target.write_latents(run.read_latents())
    for epoch in _spread(run.snapshot_epochs()):
        snapshot = run.read_snapshot(epoch)
        fewer = {"latents": snapshot["latents"][:POINTS]} if "latents" in snapshot else {}
        target.write_snapshot(epoch, snapshot | fewer)
    target.write_history(run.read_epochs())
    data = record.data.model_copy(update={"credit": credit or record.data.credit})
    target.write_record(record.model_copy(update={"data": data}))
    copy_maps(run, target)
    calibration = run.read_calibration()
    if calibration:
        target.write_calibration(*calibration)
    return target


def _export_codes(run: Run, target: Run) -> None:
    """The code maps, and the prior where there is one."""
    target.write_codes(run.read_codes())
    if run.prior.has_weights:
        target.prior.make_directory()
        target.prior.write_weights(_halved(run.prior.read_weights()))
        target.prior.write_history([line for line in run.prior.read_history() if isinstance(line, PriorLine)])
    health = run.read_health()
    if health:
        target.write_health(health)


def _halved(weights: Arrays) -> Arrays:
    """The weights as f16, but for a codebook: another rounding is another nearest code."""
    return {
        name: array.astype(np.float16) if array.dtype == np.float32 and not name.startswith("quantiser.") else array
        for name, array in weights.items()
    }


def _spread(epochs: list[int]) -> list[int]:
    """At most `SNAPSHOTS` of them: the first, the last, and early ones closer together, where more happens."""
    if len(epochs) <= SNAPSHOTS:
        return epochs
    places = np.linspace(0, 1, SNAPSHOTS) ** 2 * (len(epochs) - 1)
    return [epochs[place] for place in sorted(set(np.round(places).astype(int).tolist()))]
