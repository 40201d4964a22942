"""A table of how strange each image is to a run's model: a row an image.

    id,label,elbo,reconstruction,kl,latent_distance,intensity,elbo_percentile,...
    test-00000,7,74.1,70.2,25.3,2.91,0.0923,12.5,...

Scores are those of `anomaly.py`; a percentile is among the model's own held-out images (`calibration.py`).
"""

import csv
import io
import sys
from pathlib import Path

import numpy as np
from tqdm import tqdm

from explorer.anomaly import Scorer, own_rows
from explorer.code_inference import CodeSession
from explorer.datasets.image_set import ImageSet, Split
from explorer.datasets.recorded import learned_part, open_recorded
from explorer.errors import RunError
from explorer.files import write_atomically
from explorer.held_out import calibrate, calibration_of
from explorer.inference import Session
from explorer.records import RunRecord
from explorer.runs import Run

DIGITS = 6


def write_scores(target: Run, record: RunRecord, whole: ImageSet, split: Split, path: Path) -> str:
    """Score the images of a split of `whole` and write the table; returns where its percentiles are from.

    Raises RunError when it cannot be written, DatasetError where the run has no calibration and its own images
    are not here to make one.
    """
    session = CodeSession(target) if record.config.has_codes else Session(target)
    calibration = calibration_of(target, record) or calibrate(session, target, _own_images(whole, record))
    images = whole.select(split)
    scorer, found = Scorer(session, target), []
    own = own_rows(images, whole, record)
    with tqdm(total=len(images), desc="scores", disable=None, file=sys.stderr) as bar:
        for piece in scorer.pieces(images.images, own):
            found.append(piece.scores)
            bar.update(piece.rows.stop - piece.rows.start)
    scores = {name: np.concatenate([each[name] for each in found]) for name in scorer.names}
    percentiles = {f"{name}_percentile": column for name, column in calibration.percentiles(scores).items()}
    try:
        write_atomically(path.absolute(), _table(images, scores | percentiles).encode())
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error.strerror or error}; choose another --scores.") from error
    return f"the model's own {calibration.source}"


def _own_images(whole: ImageSet, record: RunRecord) -> ImageSet:
    """Those that the run was trained and measured on, which `whole` may be, wherever it lies now."""
    part = learned_part(whole, record.data)
    is_own = part.fingerprint == record.data.fingerprint
    return part if is_own else open_recorded(record.data, record.config.model.image_size)


def _table(images: ImageSet, columns: dict[str, np.ndarray]) -> str:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["id", "label", *columns])
    for row, name in enumerate(images.ids.tolist()):
        label = "" if images.labels is None else images.label_names[images.labels[row]]
        writer.writerow([name, label, *(f"{column[row]:.{DIGITS}g}" for column in columns.values())])
    return table.getvalue()
