"""How long training takes, by how long it took before."""

from explorer.config import RunConfig
from explorer.records import RunRecord


def has_pace(past: RunRecord) -> bool:
    """Whether every stage of a past run was trained here for an epoch."""
    prior = past.prior.trained.epoch if past.prior else 0
    return bool(past.trained.epoch and (prior or not past.config.has_codes))


def seconds_at_pace(past: RunRecord, config: RunConfig) -> float:
    """How long `config` would take at the pace of a past run, with its prior where it has one."""
    seconds = past.trained.seconds / past.trained.epoch * config.training.epochs
    if past.prior:
        seconds += past.prior.trained.seconds / past.prior.trained.epoch * config.prior.prior_epochs
    return seconds
