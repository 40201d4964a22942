"""The command line: train, evaluate, list, export.

    python -m explorer train mnist-20 --epochs 5 --latent-dim 4
    python -m explorer evaluate mnist-20 --json

An error that the user can act on is one sentence on stderr and exit code 2.
"""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

from tqdm import tqdm

from explorer.config import FIELD_SECTIONS, SECTIONS
from explorer.datasets.image_set import SPLITS
from explorer.errors import ConfigError, DatasetError, ExplorerError
from explorer.library import find_run, list_runs
from explorer.paths import runs_root
from explorer.recipes import RECIPES, find_recipe
from explorer.records import Status
from explorer.runs import Run

CONFIG_FLAGS = [name for name in FIELD_SECTIONS if name != "dataset"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = build_parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except ExplorerError as error:
        print(error, file=sys.stderr)
        return 2


def build_parser() -> argparse.ArgumentParser:
    """The parser of every command; `options.command` is the function that runs it."""
    parser = argparse.ArgumentParser(prog="python -m explorer", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    _add_train(commands)

    evaluate = commands.add_parser("evaluate", help="a run's numbers on a split of its data")
    evaluate.add_argument("run", metavar="RUN")
    evaluate.add_argument("--data", metavar="NAME|DIR", help="other images than the run's")
    evaluate.add_argument("--split", default="test", choices=SPLITS)
    evaluate.add_argument(
        "--pca", action="store_true", help="beside it PCA with as many components, on the same images"
    )
    evaluate.add_argument("--json", action="store_true", help="print one JSON object")
    evaluate.set_defaults(command=evaluate_command)

    listing = commands.add_parser("list", help="the runs there are")
    listing.add_argument("--json", action="store_true", help="print one JSON array")
    listing.set_defaults(command=list_command)

    export = commands.add_parser("export", help="copy a run to pass on: half-precision weights, no state to resume")
    export.add_argument("run", metavar="RUN")
    export.add_argument("--out", type=Path, required=True, metavar="DIR")
    export.add_argument("--credit", default="", metavar="TEXT", help="source and licence of the data")
    export.set_defaults(command=export_command)
    return parser


def _add_train(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    recipes = "\n".join(f"  {recipe.name:14s}{recipe.summary}" for recipe in RECIPES.values())
    train = commands.add_parser(
        "train",
        help="train a recipe, or go on with a run",
        epilog=f"recipes:\n{recipes}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    train.add_argument("recipe", nargs="?", metavar="RECIPE", help="one of those below")
    train.add_argument(
        "--resume", metavar="RUN", help="go on with this run, up to --epochs, with its images now at --data"
    )
    train.add_argument("--data", metavar="NAME|DIR", help="other images than the recipe's")
    train.add_argument("--out", type=Path, metavar="DIR", help="the run directory; by default <runs root>/RECIPE-TIME")
    for name in CONFIG_FLAGS:
        train.add_argument(f"--{name.replace('_', '-')}", metavar="VALUE", help=_field_help(name))
    train.set_defaults(command=train_command)


def train_command(options: argparse.Namespace) -> int:
    """Train a recipe, or resume a run; prints the run directory last."""
    from explorer.training import resume, train

    changes = {name: value for name in CONFIG_FLAGS if (value := getattr(options, name)) is not None}
    stop = _stop_on_signals()
    if options.resume:
        if options.recipe or options.out or set(changes) - {"epochs"}:
            raise ConfigError("--resume goes on with a run as it is; only --epochs and --data can be given beside it.")
        run = find_run(options.resume)
        with _ProgressBar() as bar:
            status = resume(run, stop.is_set, bar.show, epochs=changes.get("epochs"), data=options.data)
    else:
        if not options.recipe:
            raise ConfigError(f"train needs a recipe ({', '.join(RECIPES)}) or --resume RUN.")
        if options.data:
            changes["dataset"] = options.data
        config = find_recipe(options.recipe).config.override(**changes)
        run = Run((options.out or runs_root() / f"{options.recipe}-{datetime.now():%Y%m%d-%H%M%S}").absolute())
        with _ProgressBar() as bar:
            status = train(config, run, stop.is_set, bar.show)
    if status.message:
        print(status.message)
    print(run.directory)
    return 0


def evaluate_command(options: argparse.Namespace) -> int:
    """Print a run's numbers on a split."""
    from explorer.datasets.recorded import open_recorded
    from explorer.evaluation import PROTOCOL
    from explorer.inference import Session
    from explorer.reference import pca_quality

    run = find_run(options.run)
    record = run.read_record()
    every_split = open_recorded(record.data, record.config.model.image_size, options.data)
    for notice in every_split.notices:
        print(notice, file=sys.stderr)
    images = every_split.select(options.split)
    if not len(images):
        raise DatasetError(f"{images.title} has no {options.split} images; choose another --split.")
    means = Session(run).evaluate(images)
    facts = {"run": run.name, "data": images.title, "split": options.split, "protocol": PROTOCOL} | means.model_dump()
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


def list_command(options: argparse.Namespace) -> int:
    """Print every run, and those that are broken."""
    entries, broken = list_runs()
    rows: list[dict[str, Any]] = [
        {
            "run": entry.key,
            "recipe": entry.record.config.recipe,
            "data": entry.record.data.title,
            "epochs": entry.record.trained.epoch,
            "elbo": entry.record.trained.test.elbo,
            "ssim": entry.record.trained.test.ssim,
            "shipped": entry.shipped,
            "directory": str(entry.run.directory),
        }
        for entry in entries
    ]
    if options.json:
        print(json.dumps(rows + [{"run": each.key, "error": each.reason} for each in broken]))
        return 0
    print(f"{'run':32s}{'data':44s}{'epochs':>7s}{'elbo':>9s}{'SSIM':>7s}")
    for row in rows:
        print(f"{row['run']:32s}{row['data']:44s}{row['epochs']:7d}{row['elbo']:9.2f}{row['ssim']:7.3f}")
    for each in broken:
        print(f"{each.key}: {each.reason}", file=sys.stderr)
    return 0


def export_command(options: argparse.Namespace) -> int:
    """Write a copy of a run to pass on; prints its directory."""
    from explorer.exporting import export_run

    print(export_run(find_run(options.run), Run(options.out.absolute()), options.credit).directory)
    return 0


class _ProgressBar:
    """A bar over the epochs, in hundredths, with the current loss beside it."""

    def __enter__(self) -> "_ProgressBar":
        self.bar = tqdm(
            total=None, unit="epoch", disable=None, bar_format="{l_bar}{bar}| {n:.2f}/{total} epochs{postfix}"
        )
        self.printed = -1
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def show(self, status: Status) -> None:
        """Follow `status`, and print the mean loss of each finished epoch."""
        self.bar.total = status.epochs
        self.bar.n = status.epoch
        for notice in status.notices:
            tqdm.write(notice, file=sys.stderr)
        if not status.running:
            return
        loss = status.running["total"]
        self.bar.set_description(status.phase, refresh=False)
        self.bar.set_postfix_str(f"loss {loss:.2f}, {status.images_per_second:,.0f} images/s")
        if status.epoch == int(status.epoch) > self.printed:
            self.printed = int(status.epoch)
            tqdm.write(f"epoch {self.printed}: mean loss {loss:.2f} per image")


def _stop_on_signals() -> threading.Event:
    """An event that SIGTERM and Ctrl-C set, so that the step in hand is finished and saved."""
    stop = threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    return stop


def _field_help(name: str) -> str:
    field = next(kind.model_fields[name] for kind in SECTIONS[FIELD_SECTIONS[name]] if name in kind.model_fields)
    choices = get_args(field.annotation)
    allowed = f" ({', '.join(choices)})" if choices else ""
    return f"{field.description}{allowed}".replace("%", "%%")


if __name__ == "__main__":
    sys.exit(main())
