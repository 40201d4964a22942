"""`evaluate`: a run's numbers on a split of its data, and PCA's beside them."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from explorer.datasets.image_set import SPLITS, ImageSet
from explorer.errors import ConfigError, DatasetError
from explorer.library import find_run
from explorer.records import RunRecord
from explorer.runs import Run

Facts = dict[str, Any]
OF_PRIOR = (
    "bits_per_code",
    "bits_per_site_unigram",
    "bits_per_unigram",
    "bits_uniform",
    "bits_per_code_train",
    "bits_per_code_validation",
    "bits_protocol",
    "nearest_train_ssim",
    "nearest_train_ssim_reference",
    "nearest_train_ssim_protocol",
)


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The parser of `evaluate`."""
    evaluate = commands.add_parser("evaluate", help="a run's numbers on a split of its data")
    evaluate.add_argument("run", metavar="RUN")
    evaluate.add_argument("--data", metavar="NAME|DIR", help="other images than the run's")
    evaluate.add_argument("--split", default="test", choices=SPLITS)
    evaluate.add_argument(
        "--pca", action="store_true", help="beside it PCA with as many components, on the same images"
    )
    evaluate.add_argument(
        "--iw",
        type=int,
        metavar="K",
        help="of a VAE: the importance-weighted bound of K samples an image, and its elbo",
    )
    evaluate.add_argument("--binarize", action="store_true", help="--iw on images made black and white")
    evaluate.add_argument(
        "--scores", type=Path, metavar="FILE", help="write how strange each image is, a row each, as CSV"
    )
    evaluate.add_argument("--json", action="store_true", help="print one JSON object")
    evaluate.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Print a run's numbers on a split."""
    from explorer.datasets.recorded import learned_part, open_recorded

    target = find_run(options.run)
    record = target.read_record()
    components = record.config.latent_dim if options.pca else 0
    _check_bound(options, record)
    whole = open_recorded(record.data, record.config.model.image_size, options.data, whole=True)
    every_split = learned_part(whole, record.data)
    for notice in every_split.notices:
        print(notice, file=sys.stderr)
    images = every_split.select(options.split)
    if not len(images):
        raise DatasetError(f"{images.title} has no {options.split} images; choose another --split.")
    is_own = every_split.fingerprint == record.data.fingerprint
    facts: Facts = {"run": target.name, "data": images.title, "split": options.split}
    if record.config.has_codes:
        facts |= _of_codes(target, record, images, is_own_test=is_own and options.split == "test")
    else:
        facts |= _of_latent(target, images)
    if not is_own:
        facts["data_note"] = "these are not the images that the run was trained with"
    if options.scores:
        facts |= _of_scores(target, record, whole, options)
    if options.iw is not None:
        facts |= _of_bound(target, images, options.iw, is_binarised=options.binarize)
    if options.pca:
        facts |= _of_pca(every_split.select("train"), images, components)
    if record.config.objective.reconstruction != "bce" and not record.config.has_codes:
        facts["note"] = "elbo is nats only up to a constant: the reconstruction term is no likelihood"
    _print(facts, as_json=options.json)
    return 0


def _print(facts: Facts, *, as_json: bool) -> None:
    """One JSON object, or a line a fact for people."""
    if as_json:
        print(json.dumps(facts))
        return
    width = max(14, *map(len, facts)) + 1
    for name, value in facts.items():
        if value is not None:
            print(f"{name:{width}s}{value:.5g}" if isinstance(value, float) else f"{name:{width}s}{value}")


def _of_pca(train: ImageSet, images: ImageSet, components: int) -> Facts:
    """The quality of PCA on the same images."""
    from explorer.reference import pca_quality

    if not len(train):
        raise DatasetError(f"{images.title} has no training images to fit PCA on; leave --pca out.")
    return {f"pca_{name}": value for name, value in pca_quality(train, images, components).items()}


def _check_bound(options: argparse.Namespace, record: RunRecord) -> None:
    """Refuse a bound that cannot be before anything is computed."""
    if options.iw is None:
        if options.binarize:
            raise ConfigError("--binarize belongs to the importance-weighted bound; add --iw K.")
        return
    from explorer.importance import require_bound

    require_bound(record.config, options.iw, is_binarised=options.binarize)


def _of_bound(target: Run, images: ImageSet, samples: int, *, is_binarised: bool) -> Facts:
    """The importance-weighted bound, and the ELBO of the same images and draws."""
    from tqdm import tqdm

    from explorer.batches import as_tensor
    from explorer.importance import ScoredVAE, binarised, importance_bound, protocol

    model, pixels = ScoredVAE.open(target), as_tensor(images.images)
    steps = importance_bound(model, binarised(pixels) if is_binarised else pixels, samples)
    with tqdm(total=100, desc="bound", disable=None, bar_format="{l_bar}{bar}| {remaining}") as bar:
        for step in steps:
            bar.update(100 * step.share - bar.n)
    assert step.found is not None
    return {
        "iw_bound": step.found.bound,
        "iw_elbo": step.found.elbo,
        "iw_k": samples,
        "iw_protocol": protocol(target.read_record().config.objective, is_binarised=is_binarised),
    }


def _of_scores(target: Run, record: RunRecord, whole: ImageSet, options: argparse.Namespace) -> Facts:
    """Where the scores are, and what their percentiles are among; classes that the run left out are scored too."""
    from explorer.commands.scores_csv import write_scores

    source = write_scores(target, record, whole, options.split, options.scores)
    return {"scores": str(options.scores), "scores_percentiles": source}


def _of_latent(target: Run, images: ImageSet) -> Facts:
    """The numbers of a VAE."""
    from explorer.evaluation import PROTOCOL
    from explorer.inference import Session

    return {"protocol": PROTOCOL} | Session(target).evaluate(images).model_dump()


def _of_codes(target: Run, record: RunRecord, images: ImageSet, *, is_own_test: bool) -> Facts:
    """The numbers of a VQ-VAE and of its prior, which are None where it has none yet."""
    from explorer.code_evaluation import PROTOCOL
    from explorer.code_inference import CodeSession
    from explorer.masks import MASK_PROTOCOL

    session = CodeSession(target)
    facts = {"protocol": f"{PROTOCOL}; {MASK_PROTOCOL}"} | session.evaluate(images).model_dump()
    if record.prior is None:
        return facts | dict.fromkeys(OF_PRIOR)
    from explorer.prior_report import BITS_PROTOCOL, HEALTH_PROTOCOL, measure_bits, measure_health

    bits, health = measure_bits(session, target, images), measure_health(session, target)
    # Both count at most 5,000 training maps; those of the run are all of images that its prior learned from.
    baselines = record.prior if is_own_test else bits
    values = (
        bits.prior,
        baselines.site_unigram,
        baselines.unigram,
        baselines.uniform,
        record.prior.best.train_sample,
        record.prior.best.validation,
        BITS_PROTOCOL,
        health.sample,
        health.reference,
        HEALTH_PROTOCOL,
    )
    return facts | dict(zip(OF_PRIOR, values, strict=True))
