"""Training: a config in, a run directory out; start, resume, and why it failed. Nothing here knows of a page.

Under torchrun every process calls the same function, and they train one run together: rank 0 takes
the run directory over and says what is trained, then all open the images.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from explorer.config import RunConfig
from explorer.datasets.catalog import open_dataset
from explorer.datasets.image_set import ImageSet
from explorer.datasets.recorded import open_recorded
from explorer.errors import ConfigError, DatasetError, ExplorerError, RunError
from explorer.files import PARTS, remove_stale
from explorer.loop import Report, ShouldStop
from explorer.prior_trainer import PriorTrainer
from explorer.ranks import Ranks, join
from explorer.records import STARTING, RunRecord, Status
from explorer.runs import Run
from explorer.trainer import Trainer, VQVAETrainer, trainer_of


def train(config: RunConfig, run: Run, should_stop: ShouldStop, report: Report) -> Status:
    """Train `config` from the start in the directory of `run`; returns how it ended.

    Ends early, and saved, when `should_stop()` on any rank or the run's stop file says so. Of several
    ranks the arguments of the first count. Raises RunError when the directory holds a run already,
    when the disk is full, on NaN, or when another rank is gone; DatasetError without images.
    """
    with join() as ranks, ExitStack() as held:
        ranks.lead(lambda: _create(run, config, report, held))
        agreed = RunConfig.model_validate_json(ranks.share(config.model_dump_json))
        images = ranks.in_turn(lambda: open_dataset(agreed.data))
        _require_the_same(images, ranks)
        _pass_on(images, report, ranks)
        trainer = trainer_of(agreed, run, images, report, ranks)
        trainer.begin()
        return _fit(trainer, should_stop)


def resume(
    run: Run, should_stop: ShouldStop, report: Report, *, epochs: int | str | None = None, data: str | None = None
) -> Status:
    """Go on with `run` where its checkpoint is, up to `epochs` in all if given; returns how it ended.

    As many ranks as there are now go on, however many began. `data` is where the images are now, if
    they lie neither where they did nor in the data root. Raises RunError when it is being trained or
    was passed on without its state, DatasetError when its images are not here or are others.
    """
    with join() as ranks, ExitStack() as held:
        record = RunRecord.model_validate_json(ranks.share(lambda: run.read_record().model_dump_json()))
        if record.imported:
            raise RunError(
                f"{run.name} was imported, and there is no state that training goes on from; start a new run."
            )
        config = record.config if epochs is None else _extended(record, epochs)
        if record.is_finished and config == record.config:
            return _already_finished(run, config, ranks)
        has_checkpoint = ranks.any(ranks.leads and run.has_checkpoint)
        was_killed_at_once = record.trained.epoch == 0
        if not has_checkpoint and not was_killed_at_once:
            raise RunError(f"{run.name} was passed on without the state that training goes on from; start a new run.")
        ranks.lead(lambda: _take_over(run, config, report, held))
        images = ranks.in_turn(lambda: _open_again(run, record, data))
        _pass_on(images, report, ranks)
        trainer = trainer_of(config, run, images, report, ranks, record)
        if has_checkpoint:
            trainer.restore()
        else:
            trainer.begin()
        return _fit(trainer, should_stop)


def _fit(trainer: Trainer, should_stop: ShouldStop) -> Status:
    """Train to the end: an autoencoder, and if it has codes then its prior."""
    if not isinstance(trainer, VQVAETrainer):
        return trainer.fit(should_stop)
    status = trainer.fit(should_stop, is_last=False)
    if status.phase == "stopped" or trainer.record is None:
        return status
    prior = PriorTrainer(
        trainer.record, trainer.run, trainer.images, trainer.learner.model, trainer.report, trainer.ranks
    )
    if trainer.ranks.any(trainer.ranks.leads and trainer.run.prior.has_checkpoint):
        prior.restore()
    else:
        prior.begin()
    return prior.fit(should_stop)


def _create(run: Run, config: RunConfig, report: Report, held: ExitStack) -> None:
    run.refuse_existing()
    run.make_directory()
    held.enter_context(run.locked())
    run.refuse_existing()  # another process may have made one meanwhile
    held.enter_context(_explaining(run))
    _announce(run, config, report)


def _take_over(run: Run, config: RunConfig, report: Report, held: ExitStack) -> None:
    held.enter_context(run.locked())
    held.enter_context(_explaining(run))
    _announce(run, config, report)


def _open_again(run: Run, record: RunRecord, data: str | None) -> ImageSet:
    images = open_recorded(record.data, record.config.model.image_size, data)
    if images.fingerprint != record.data.fingerprint:
        raise DatasetError(f"{images.title} here is not the data that {run.name} was trained on; start a new run.")
    return images


def _require_the_same(images: ImageSet, ranks: Ranks) -> None:
    """Raise DatasetError on all ranks if one opened other images than the first."""
    is_same = images.fingerprint == ranks.share(lambda: images.fingerprint)
    ranks.raise_together(None if is_same else DatasetError(f"{images.title} here is not what it is on rank 0."))


def _pass_on(images: ImageSet, report: Report, ranks: Ranks) -> None:
    """Report what was skipped or done on opening the images: never silently."""
    if images.notices and ranks.leads:
        report(Status(phase="preparing", notices=images.notices))


def _extended(record: RunRecord, epochs: int | str) -> RunConfig:
    config, trained = record.config, record.trained.epoch
    extended = config.override(epochs=epochs)
    if extended == config:
        return config
    if config.has_codes:
        raise ConfigError("epochs: a prior is fitted to its VQ-VAE, which cannot be trained on; start a new run.")
    if config.training.schedule == "onecycle":
        raise ConfigError(
            f"epochs: the onecycle schedule is laid over {config.training.epochs} epochs and cannot be extended; "
            "start a new run."
        )
    if extended.training.epochs <= trained:
        raise ConfigError(
            f"epochs: {trained} of {config.training.epochs} are trained already; give more than {trained}, or leave "
            "--epochs out."
        )
    return extended


def _already_finished(run: Run, config: RunConfig, ranks: Ranks) -> Status:
    """Say so, also in the status of a run that a process left there without its last word."""
    status = Status(phase="finished", epoch=config.training.epochs, epochs=config.training.epochs)
    if ranks.leads and run.read_status() and not run.is_running:
        run.write_status(status)
    return status.model_copy(update={"message": "The run is finished already; --epochs N trains it on."})


@contextmanager
def _explaining(run: Run) -> Iterator[None]:
    """Leave the reason in the run's status, where the app finds it."""
    try:
        yield
    except ExplorerError as error:
        with suppress(RunError):  # a full disk takes no status either
            before = run.read_status() or Status(phase="failed")
            run.write_status(before.model_copy(update={"phase": "failed", "message": str(error), "running": {}}))
        raise


def _announce(run: Run, config: RunConfig, report: Report) -> None:
    """Take the run over: a request to stop that was meant for an earlier process is dropped, and half-written files.

    `jobs.py` prepares a run before it starts the process; a request made since then counts.
    """
    remove_stale(run.directory.rglob(PARTS))
    before = run.read_status()
    if before is None or before.message != STARTING:
        run.clear_stop()
    status = Status(
        phase="preparing",
        stage=before.stage if before else "autoencoder",
        message=f"Opening {config.dataset}.",
        epoch=before.epoch if before else 0.0,
        epochs=before.epochs if before and before.stage == "prior" else config.training.epochs,
    )
    run.write_status(status)
    report(status)
