"""Training: a config in, a run directory out; start, resume, and why it failed. Nothing here knows of a page."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from explorer.config import RunConfig
from explorer.datasets.catalog import open_dataset
from explorer.datasets.image_set import ImageSet
from explorer.datasets.recorded import open_recorded
from explorer.errors import ConfigError, DatasetError, ExplorerError, RunError
from explorer.records import STARTING, Status
from explorer.runs import Run
from explorer.trainer import Report, ShouldStop, Trainer


def train(config: RunConfig, run: Run, should_stop: ShouldStop, report: Report) -> Status:
    """Train `config` from the start in the directory of `run`; returns how it ended.

    Ends early, and saved, when `should_stop()` or the run's stop file says so. Raises RunError when
    the directory holds a run already, when the disk is full, or on NaN; DatasetError without images.
    """
    _refuse_existing(run)
    run.make_directory()
    with run.locked():
        _refuse_existing(run)  # another process may have made one meanwhile
        with _explaining(run):
            _announce(run, config, report)
            images = open_dataset(config.data)
            _pass_on(images, report)
            trainer = Trainer(config, run, images, report)
            trainer.begin(images)
            return trainer.fit(should_stop)


def resume(
    run: Run, should_stop: ShouldStop, report: Report, *, epochs: int | str | None = None, data: str | None = None
) -> Status:
    """Go on with `run` where its checkpoint is, up to `epochs` in all if given; returns how it ended.

    `data` is where the images are now, if they lie neither where they did nor in the data root.
    Raises RunError when it is being trained or was passed on without its state, DatasetError when its
    images are not here or are others.
    """
    record = run.read_record()
    config = record.config if epochs is None else _extended(record.config, epochs)
    if record.trained.epoch >= config.training.epochs:
        return _already_finished(run, config)
    was_killed_at_once = record.trained.epoch == 0
    if not run.has_checkpoint and not was_killed_at_once:
        raise RunError(f"{run.name} was passed on without the state that training goes on from; start a new run.")
    with run.locked(), _explaining(run):
        _announce(run, config, report)
        images = open_recorded(record.data, config.model.image_size, data)
        _pass_on(images, report)
        if images.fingerprint != record.data.fingerprint:
            raise DatasetError(f"{images.title} here is not the data that {run.name} was trained on; start a new run.")
        trainer = Trainer(config, run, images, report)
        if run.has_checkpoint:
            trainer.restore(record)
        else:
            trainer.begin(images)
        return trainer.fit(should_stop)


def _refuse_existing(run: Run) -> None:
    if run.exists:
        raise RunError(f"{run.directory} holds a run already; choose another --out, or go on with train --resume.")


def _pass_on(images: ImageSet, report: Report) -> None:
    """Report what was skipped or done on opening the images: never silently."""
    if images.notices:
        report(Status(phase="preparing", notices=images.notices))


def _extended(config: RunConfig, epochs: int | str) -> RunConfig:
    extended = config.override(epochs=epochs)
    if config.training.schedule == "onecycle" and extended != config:
        raise ConfigError(
            f"epochs: the onecycle schedule is laid over {config.training.epochs} epochs and cannot be extended; "
            "start a new run."
        )
    return extended


def _already_finished(run: Run, config: RunConfig) -> Status:
    """Say so, also in the status of a run that a process left there without its last word."""
    status = Status(phase="finished", epoch=config.training.epochs, epochs=config.training.epochs)
    if run.read_status() and not run.is_running:
        run.write_status(status)
    return status.model_copy(update={"message": "The run is finished already; --epochs N trains it on."})


@contextmanager
def _explaining(run: Run) -> Iterator[None]:
    """Leave the reason in the run's status, where the app finds it."""
    try:
        yield
    except ExplorerError as error:
        with suppress(RunError):  # a full disk takes no status either
            run.write_status(Status(phase="failed", message=str(error)))
        raise


def _announce(run: Run, config: RunConfig, report: Report) -> None:
    """Take the run over: a request to stop that was meant for an earlier process is dropped.

    `jobs.py` prepares a run before it starts the process; a request made since then counts.
    """
    before = run.read_status()
    if before is None or before.message != STARTING:
        run.clear_stop()
    epoch = before.epoch if before else 0.0
    message = f"Opening {config.dataset}."
    status = Status(phase="preparing", message=message, epoch=epoch, epochs=config.training.epochs)
    run.write_status(status)
    report(status)
