"""`evaluate`: a run's numbers on a split of its data, and PCA's beside them."""

import argparse
import json
import sys

from explorer.datasets.image_set import SPLITS
from explorer.errors import DatasetError
from explorer.library import find_run


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The parser of `evaluate`."""
    evaluate = commands.add_parser("evaluate", help="a run's numbers on a split of its data")
    evaluate.add_argument("run", metavar="RUN")
    evaluate.add_argument("--data", metavar="NAME|DIR", help="other images than the run's")
    evaluate.add_argument("--split", default="test", choices=SPLITS)
    evaluate.add_argument(
        "--pca", action="store_true", help="beside it PCA with as many components, on the same images"
    )
    evaluate.add_argument("--json", action="store_true", help="print one JSON object")
    evaluate.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Print a run's numbers on a split."""
    from explorer.datasets.recorded import open_recorded
    from explorer.evaluation import PROTOCOL
    from explorer.inference import Session
    from explorer.reference import pca_quality

    target = find_run(options.run)
    record = target.read_record()
    every_split = open_recorded(record.data, record.config.model.image_size, options.data)
    for notice in every_split.notices:
        print(notice, file=sys.stderr)
    images = every_split.select(options.split)
    if not len(images):
        raise DatasetError(f"{images.title} has no {options.split} images; choose another --split.")
    means = Session(target).evaluate(images)
    facts = {
        "run": target.name,
        "data": images.title,
        "split": options.split,
        "protocol": PROTOCOL,
    } | means.model_dump()
    if every_split.fingerprint != record.data.fingerprint:
        facts["data_note"] = "these are not the images that the run was trained with"
    if options.pca:
        train = every_split.select("train")
        if not len(train):
            raise DatasetError(f"{images.title} has no training images to fit PCA on; leave --pca out.")
        pca = pca_quality(train, images, record.config.model.latent_dim)
        facts |= {f"pca_{name}": value for name, value in pca.items()}
    if record.config.objective.reconstruction == "mse":
        facts["note"] = "elbo is nats only up to a constant: the reconstruction term is a squared error"
    if options.json:
        print(json.dumps(facts))
        return 0
    for name, value in facts.items():
        print(f"{name:15s}{value:.5g}" if isinstance(value, float) else f"{name:15s}{value}")
    return 0
