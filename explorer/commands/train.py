"""`train`: a recipe from the start, or a run from where it is."""

import argparse
import os
import signal
import sys
import threading
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args, get_origin

from tqdm import tqdm

from explorer.commands.calibrate import store_calibration
from explorer.commands.map_run import MapBar
from explorer.config import FIELD_SECTIONS, SECTIONS, RunConfig
from explorer.errors import ConfigError, ExplorerError
from explorer.library import find_run
from explorer.map_files import MapStatus
from explorer.paths import runs_root
from explorer.projection import UmapConfig
from explorer.recipes import RECIPES, find_recipe
from explorer.records import Status
from explorer.runs import Run
from explorer.stored_maps import MapCancelledError, StoredMap
from explorer.turns import CANCELLED, device_kind, queueing_for, training_at

LEAST_MAPPED = 100  # test images: principal components show fewer as well
CONFIG_FLAGS = [name for name in FIELD_SECTIONS if name != "dataset"]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The parser of `train`."""
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
    train.add_argument("--queue", action="store_true", help="wait until the device is free, in the order of coming")
    train.add_argument("--no-map", action="store_true", help="leave out the UMAP map of the latents at the end")
    train.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Train a recipe, or resume a run; prints the run directory last."""
    changes = {name: value for name in CONFIG_FLAGS if (value := getattr(options, name)) is not None}
    stop = _stop_on_signals()
    target, config = (_resumed(options, changes), None) if options.resume else _new(options, changes)
    with _turn(target, config, stop, queue=options.queue) as has_come:
        message = _train(options, target, config, stop) if has_come else CANCELLED
    if has_come and _leads() and not options.no_map:
        _lay_out(target, stop)
    if has_come and _leads():
        _calibrate(target, options.data, stop)
    if _leads():
        print(*filter(None, (message, target.directory)), sep="\n")
    return 0


def _train(options: argparse.Namespace, target: Run, config: RunConfig | None, stop: threading.Event) -> str:
    """Train `config` in this process, or go on without one; returns what there is to say about the end."""
    from explorer.training import resume, train  # imports torch, which those in the queue do without

    with _ProgressBar() as bar:
        if config:
            return train(config, target, stop.is_set, bar.show).message
        status = resume(target, stop.is_set, bar.show, epochs=options.epochs, data=options.data)
        if options.queue:  # where there was nothing left to train, it still says that it starts
            target.write_status(status)
        return status.message


def _lay_out(target: Run, stop: threading.Event) -> None:
    """Store the UMAP map of a finished run whose latent space is more than a plane; without it the run is as good."""
    record = target.read_record()
    if not target.has_latents or not record.is_finished:
        return
    count, dims = target.read_latents()["mean"].shape
    if dims <= 2 or count < LEAST_MAPPED:
        return

    def show(status: MapStatus) -> None:
        if stop.is_set():
            raise MapCancelledError("The map was left out, because training was asked to end; map RUN makes it.")
        bar.show(status)

    try:
        with MapBar() as bar:
            StoredMap(target, UmapConfig()).compute(show)
    except ExplorerError as error:
        print(error, file=sys.stderr)


def _calibrate(target: Run, data: str | None, stop: threading.Event) -> None:
    """Store what the scores of a finished run are on its held-out images; without it the run is as good."""
    record = target.read_record()
    if stop.is_set() or not record.is_finished or target.is_shipped:
        return
    from explorer.held_out import calibration_of  # imports torch

    try:
        if calibration_of(target, record) is None:
            store_calibration(target, data)
    except ExplorerError as error:
        print(error, file=sys.stderr)


def _resumed(options: argparse.Namespace, changes: dict[str, str]) -> Run:
    """The run to go on with; ranks that do not lead may not see its directory, so they do not look for it."""
    if options.recipe or options.out or set(changes) - {"epochs"}:
        raise ConfigError("--resume goes on with a run as it is; only --epochs and --data can be given beside it.")
    return find_run(options.resume) if _leads() else Run(Path(options.resume).absolute())


def _new(options: argparse.Namespace, changes: dict[str, str]) -> tuple[Run, RunConfig]:
    if not options.recipe:
        raise ConfigError(f"train needs a recipe ({', '.join(RECIPES)}) or --resume RUN.")
    if options.data:
        changes["dataset"] = options.data
    config = find_recipe(options.recipe).config.override(**changes)
    target = Run((options.out or runs_root() / f"{options.recipe}-{datetime.now():%Y%m%d-%H%M%S}").absolute())
    if options.queue:
        target.refuse_existing()
    return target, config


def _turn(target: Run, config: RunConfig | None, stop: threading.Event, *, queue: bool) -> AbstractContextManager[bool]:
    """Hold the device for `config`, or that of `target`, and with `queue` wait for it; gives whether to train."""
    if queue and "RANK" in os.environ:
        raise ConfigError("--queue is for a training of one process; leave it out under torchrun.")
    if not _leads():
        return nullcontext(True)
    config = config or target.read_record().config
    device = device_kind(config.training.device)
    if queue and not target.is_shipped:  # a shipped run cannot go on, as `resume` will say
        return queueing_for(device, target, stop.is_set)
    return training_at(device, target)


def _leads() -> bool:
    """Whether this process speaks for all that torchrun started, or is alone."""
    return os.environ.get("RANK", "0") == "0"


class _ProgressBar:
    """A bar over the epochs, in hundredths, with the current loss beside it."""

    def __enter__(self) -> "_ProgressBar":
        self.bar = tqdm(
            total=None,
            unit="epoch",
            disable=None if _leads() else True,
            bar_format="{l_bar}{bar}| {n:.2f}/{total} epochs{postfix}",
        )
        self.printed: tuple[str, float] = ("", 0.0)  # the epoch that was printed last
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
        name, unit = ("bits", "per code") if status.stage == "prior" else ("total", "per image")
        loss = status.running[name]
        self.bar.set_description("training the prior" if status.stage == "prior" else status.phase, refresh=False)
        self.bar.set_postfix_str(f"loss {loss:.2f}, {status.images_per_second:,.0f} images/s")
        if status.epoch == int(status.epoch) and (status.stage, status.epoch) != self.printed:
            self.printed = status.stage, status.epoch
            tqdm.write(f"{status.stage}, epoch {status.epoch:g}: mean loss {loss:.2f} {unit}")


def _stop_on_signals() -> threading.Event:
    """An event that SIGTERM and Ctrl-C set, so that the step in hand is finished and saved."""
    stop = threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    return stop


def _field_help(name: str) -> str:
    kinds = SECTIONS.get(FIELD_SECTIONS[name], (RunConfig,))
    field = next(kind.model_fields[name] for kind in kinds if name in kind.model_fields)
    choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    allowed = f" ({', '.join(choices)})" if choices else ""
    return f"{field.description}{allowed}".replace("%", "%%")
