"""A run made from somebody's weights: matched to a recipe's network by name and shape, then measured on its images.

The run is like any other but for `imported` in its record. Its one epoch is number 0: how the
weights were trained is not known, so there is nothing to go on from.
"""

import re
from collections.abc import Callable, Iterator, Mapping

import torch
from pydantic import ValidationError
from torch import Tensor

from explorer.batches import as_tensor, generator, to_unit
from explorer.checkpoint import load_weights
from explorer.clock import Clock
from explorer.compute import choose_device
from explorer.config import RunConfig
from explorer.datasets.catalog import open_dataset
from explorer.datasets.image_set import ImageSet
from explorer.epochs import (
    Measured,
    epoch_line,
    first_record,
    sample_rows,
    store_epoch,
    train_and_test,
    with_posterior,
)
from explorer.errors import ConfigError, MissingDatasetError, RunError
from explorer.evaluation import BATCH, Evaluated, evaluate
from explorer.fitting import Fitted, fit
from explorer.memory import Room
from explorer.models import build_model
from explorer.models.base import VAE
from explorer.objectives import to_images
from explorer.recipes import Recipe
from explorer.records import ImportRecord, RunRecord
from explorer.runs import Run
from explorer.snapshots import Snapshots
from explorer.state_dicts import StateDict
from explorer.tensor_names import layer_of, listed

PROBED = 500  # prior draws and test images whose outputs are looked at
PROBE_SEED = 11


def import_weights(
    given: StateDict,
    recipe: Recipe,
    run: Run,
    *,
    renames: Mapping[str, str],
    dataset: str | None = None,
    announce: Callable[[str], None] = lambda _: None,
) -> RunRecord:
    """Make `run` from `given`, measured on `dataset` or else on the recipe's images; returns its record.

    `announce` is told what was skipped on opening the images. Raises RunError when the weights do not
    fit or `run` exists, ConfigError for sizes out of range, DatasetError without images.
    """
    run.refuse_existing()
    if recipe.config.has_codes:
        raise ConfigError(f"{recipe.name} is a VQ-VAE, and only weights of a VAE are imported; choose another recipe.")
    fitted = fit(given, recipe, renames)
    config = fitted.config.override(dataset=dataset) if dataset else fitted.config
    images = _open_images(config)
    for notice in images.notices:
        announce(notice)
    return _store(given, fitted, config, images, run)


def report(record: RunRecord) -> dict[str, str]:
    """What was read and found, a fact each, for people; empty for a run that was trained here."""
    found = record.imported
    if found is None:
        return {}
    count = sum(map(len, found.sources.values()))
    sizes = record.config.model.model_dump(exclude={"kind"})
    layers = {layer_of(ours): " + ".join(map(layer_of, parts)) for ours, parts in found.sources.items()}
    known = [f"{theirs} as {ours}" for ours, theirs in layers.items() if theirs != ours]
    prior, test = (
        f"{low:.3g} to {high:.3g}".replace("-", "−") for low, high in (found.prior_outputs, found.test_outputs)
    )
    return {
        "file": f"{found.file}, SHA-256 {found.sha256[:16]}",
        "read": f"{count} tensors, {record.parameters:,} parameters",
        "layers": listed(known, 20) if known else "named as they are here",
        "sizes": ", ".join(f"{name} {value}" for name, value in sizes.items()),
        "unused": listed(found.unused, 20),
        "outputs": f"before the sigmoid {prior} on prior samples, {test} on test images",
    }


def suggested_name(file: str) -> str:
    """A name for a run, from that of its file."""
    stem = file.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-_")[:60] or "imported"


def _open_images(config: RunConfig) -> ImageSet:
    try:
        return open_dataset(config.data)
    except MissingDatasetError as error:
        raise MissingDatasetError(
            f"Weights are measured on import, and the images are not here. {error} "
            "To measure on others give --data; digits and template-brain are always there."
        ) from error


def _store(given: StateDict, fitted: Fitted, config: RunConfig, images: ImageSet, run: Run) -> RunRecord:
    train_set, test_set = train_and_test(images)
    model = build_model(config.model)
    load_weights(model, fitted.weights)
    model.eval().requires_grad_(False)
    room = Room(choose_device(config.training.device), model.to)
    test_images = as_tensor(test_set.images)
    sample_images = as_tensor(train_set.images)[sample_rows(len(train_set))]

    def measured(pixels: Tensor) -> Evaluated:
        count = min(BATCH, len(pixels))
        try:
            found = room.fit(count, lambda most: evaluate(model, pixels, config.objective, batch=most))
        except ValidationError as error:  # no evaluation holds NaN
            raise _endless(given.file) from error
        if not all(bool(each.half().isfinite().all()) for each in found.posterior):  # as latents are stored
            raise _endless(given.file)
        return found

    test, sample = measured(test_images), measured(sample_images)
    line = epoch_line(Clock(), Measured(test.means, sample.means), train={}, rate=0.0)
    line = with_posterior(line, config.objective.beta, test.posterior)
    imported = _look(given, fitted, model, room, test_images, sample_images)
    record = first_record(config, images, line, hardware="imported weights", imported=imported)
    run.make_directory()
    with run.locked():
        run.refuse_existing()  # another process may have made one meanwhile
        run.write_history([])
        store_epoch(run, line, model, test.posterior, Snapshots(run, test_set, config.training))
        run.write_record(record)  # last: before it the directory is no run
    return record


def _endless(file: str) -> RunError:
    return RunError(f"{file} gives NaN or infinite numbers on these images; it is damaged, or of another network.")


@torch.inference_mode()
def _look(
    given: StateDict, fitted: Fitted, model: VAE, room: Room, test_images: Tensor, sample_images: Tensor
) -> ImportRecord:
    """What decoder outputs, before the sigmoid, look like beside the images that they should be."""
    prior = torch.randn(PROBED, model.config.latent_dim, generator=generator(PROBE_SEED))
    rows = torch.linspace(0, len(test_images) - 1, min(PROBED, len(test_images))).long()
    images = to_unit(test_images[rows])

    def decoded(latents: Tensor) -> Tensor:
        return model.decode(latents).float().cpu()

    def outputs(most: int) -> tuple[Tensor, Tensor]:
        drawn = [decoded(piece.to(room.device)) for piece in torch.split(prior, most)]
        logits = [decoded(model.encode(piece.to(room.device)).mean) for piece in torch.split(images, most)]
        return torch.cat(drawn), torch.cat(logits)

    drawn, logits = room.fit(PROBED, outputs)
    if not all(bool(each.isfinite().all()) for each in (drawn, logits)):
        raise _endless(given.file)
    mean_image = sample_images.sum(0, dtype=torch.float32) / (255 * len(sample_images))
    return ImportRecord(
        file=given.file,
        sha256=given.sha256,
        sources=fitted.sources,
        unused=fitted.unused,
        prior_outputs=(float(drawn.min()), float(drawn.max())),
        test_outputs=(float(logits.min()), float(logits.max())),
        notices=(*_doubts(logits, images, mean_image), *_doubts_by_name(fitted)),
    )


def _doubts(logits: Tensor, images: Tensor, mean_image: Tensor) -> Iterator[str]:
    """What the outputs say against the weights: a decoder without a sigmoid, and a network that is not this one."""
    as_images, as_they_are, of_the_mean = (
        float((each - images).square().mean()) for each in (to_images(logits), logits, mean_image)
    )
    if as_they_are < min(as_images, of_the_mean):
        yield (
            "The outputs are nearer to the images before the sigmoid than after it: this network was trained to give "
            "images directly. Here a sigmoid follows, so everything looks washed out; train with one at the end."
        )
    elif as_images >= of_the_mean:
        yield (
            f"It reconstructs no better (MSE {as_images:.4f}) than the mean training image alone ({of_the_mean:.4f}): "
            "it has learned little yet, or from other images, from another range than 0 to 1, or with another "
            "activation than ReLU."
        )


def _doubts_by_name(fitted: Fitted) -> Iterator[str]:
    for _, *log_variance in fitted.sources.values():
        if log_variance and log_variance[0].endswith("var.weight") and "log" not in log_variance[0]:
            yield f"{log_variance[0]} is taken for the log of the variance, as most who call it so mean."
    unused = [name for name in fitted.unused if name.endswith(".weight")]
    if unused:
        yield f"Not used: {listed(unused)}. If the network needs them, the numbers here are not its own."
