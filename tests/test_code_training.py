"""Training in two stages: a VQ-VAE and then its prior, stopped and resumed in either."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from datasets_files import opened
from small_runs import (
    after,
    assert_close,
    assert_equal_runs,
    ignore,
    resume_small,
    small_vqvae_config,
    train_small_vqvae,
)

from explorer.code_inference import CodeSession
from explorer.code_maps import unpack_codes
from explorer.errors import ConfigError, DatasetError, RunError
from explorer.prior_evaluation import site_unigram_bits, unigram_bits
from explorer.prior_trainer import with_held_out
from explorer.records import PriorLine, Status
from explorer.runs import Run
from explorer.training import resume, train

STEPS = 4  # in an epoch of either stage: 1,438 digits by 400, or 1,367 of them; 16 in all


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Run:
    """A run of both stages; only for reading."""
    return train_small_vqvae(tmp_path_factory.mktemp("runs") / "whole")


def assert_equal_priors(run: Run, expected: Run) -> None:
    """Weights and evaluations of both priors within 1e-4."""
    assert_close(run.prior.read_weights(), expected.prior.read_weights())
    ours, theirs = (
        [
            (line.epoch, line.validation, line.train_sample)
            for line in each.prior.read_history()
            if isinstance(line, PriorLine)
        ]
        for each in (run, expected)
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_a_run_has_a_history_weights_and_a_checkpoint_of_each_stage(whole):
    record = whole.read_record()
    assert [line.epoch for line in whole.read_epochs()] == [0, 1, 2]
    assert [line.epoch for line in whole.prior.read_history() if isinstance(line, PriorLine)] == [0, 1, 2]
    assert whole.has_codes
    assert not whole.has_latents
    assert record.trained.test.elbo is record.trained.test.kl is None
    assert record.prior.trained.epoch == 2
    assert record.prior.best.validation == min(
        line.validation for line in whole.prior.read_history() if isinstance(line, PriorLine)
    )


@pytest.mark.parametrize("steps", [2, STEPS, 2 * STEPS + 1, 3 * STEPS, 4 * STEPS - 1])
def test_a_run_that_is_stopped_in_either_stage_becomes_what_it_would_have_become(steps, whole, tmp_path):
    run = train_small_vqvae(tmp_path / "run", stop_after=steps)
    assert run.read_status().phase == "stopped"
    assert run.read_status().stage == ("autoencoder" if steps < 2 * STEPS else "prior")
    assert resume_small(run).phase == "finished"
    assert_equal_runs(run, whole)
    assert_equal_priors(run, whole)


def test_a_finished_run_says_so_and_cannot_be_extended(whole):
    assert "finished already" in resume(whole, after(None), ignore).message
    with pytest.raises(ConfigError, match="a prior is fitted to its VQ-VAE, which cannot be trained on"):
        resume(whole, after(None), ignore, epochs=9)


def test_the_status_tells_the_stage_and_is_finished_only_at_the_end(tmp_path):
    told: list[Status] = []
    train(small_vqvae_config(), Run(tmp_path / "run"), after(None), told.append)
    stages = [status.stage for status in told]
    assert stages == sorted(stages)
    assert [status.phase for status in told].count("finished") == 1
    assert told[-1].phase == "finished"


def test_the_stored_code_maps_are_those_of_the_images(whole):
    record, images = whole.read_record(), opened("digits", 16)
    maps = unpack_codes(whole.read_codes(), "test", record.config.model, record.data)
    test = images.select("test")
    np.testing.assert_array_equal(maps.codes, CodeSession(whole).encode(test.images))
    np.testing.assert_array_equal(maps.labels, test.labels)
    train_maps = unpack_codes(whole.read_codes(), "train", record.config.model, record.data)
    assert len(train_maps.codes) == len(images.select("train"))


def test_code_maps_of_another_model_are_refused(whole):
    record = whole.read_record()
    other = record.config.model.model_copy(update={"codebook_size": 2})
    for model in (other, record.config.model.model_copy(update={"downsamplings": 3})):
        with pytest.raises(RunError, match="do not belong together, or to another model"):
            unpack_codes(whole.read_codes(), "test", model, record.data)


def test_the_recorded_bits_are_those_of_the_saved_prior(whole):
    record, session = whole.read_record(), CodeSession(whole)
    maps = unpack_codes(whole.read_codes(), "test", record.config.model, record.data)
    assert session.bits(maps.codes, maps.labels).mean() == pytest.approx(record.prior.test, rel=1e-5)
    assert record.prior.uniform == math.log2(record.config.model.codebook_size)


@pytest.mark.parametrize(("subjects", "held"), [(300, 15), (7, 1)])
def test_without_a_validation_split_whole_subjects_choose_the_best_epoch(subjects, held):
    digits = opened("digits")
    owner = np.arange(len(digits)) % subjects
    marked = replace(digits, metadata={"subject": owner}, images=digits.images.copy())
    marked.images[:, 0, 0, 0], marked.images[:, 0, 0, 1] = owner // 256, owner % 256
    learned, judged = (
        {tuple(pixels) for pixels in batch.pixels[:, 0, 0, :2].tolist()} for batch in with_held_out(marked)
    )
    assert len(judged) == held
    assert len(learned) == subjects - held
    assert not learned & judged


@pytest.mark.parametrize(("rows", "sentence"), [(12, "12 training images"), (100, "one subject only")])
def test_a_prior_without_others_to_be_judged_on_is_refused(rows, sentence):
    digits = opened("digits")
    train = np.flatnonzero(digits.split == "train")[:rows]
    few = digits.take(np.concatenate([train, np.flatnonzero(digits.split == "test")]))
    with pytest.raises(DatasetError, match=sentence):
        with_held_out(replace(few, metadata={"subject": np.zeros(len(few), np.int64)}))


def test_a_session_without_a_prior_reconstructs_and_says_what_is_missing(tmp_path):
    run = train_small_vqvae(tmp_path / "run", stop_after=STEPS)
    session = CodeSession(run)
    assert session.reconstruct(np.zeros((2, 1, 16, 16), np.uint8)).shape == (2, 16, 16)
    with pytest.raises(RunError, match="no prior yet; train the run to its end"):
        session.sample(1, seed=0)


# what needs no network


def test_the_unigram_costs_what_counting_says():
    train_codes = torch.tensor([[[0, 0], [0, 1]]])
    shares = torch.tensor([4, 2, 1]).double() / 7  # one is added to each count
    test = torch.tensor([[[0, 1], [2, 0]]])
    expected = -shares[[0, 1, 2, 0]].log2().mean()
    assert unigram_bits(train_codes, test, 3) == pytest.approx(expected.item())


def test_codes_that_are_the_same_at_each_site_are_cheap_for_the_site_unigram_alone():
    codes = torch.arange(16).view(1, 4, 4).expand(50, -1, -1)
    assert unigram_bits(codes, codes, 16) == pytest.approx(4, abs=1e-3)
    assert site_unigram_bits(codes, codes, 16) < 0.1


def test_the_site_unigram_is_never_worse_than_the_unigram_by_much_on_codes_without_sites():
    source = torch.Generator().manual_seed(0)
    train_codes, test = (torch.randint(8, (200, 4, 4), generator=source) for _ in range(2))
    assert site_unigram_bits(train_codes, test, 8) == pytest.approx(3, abs=0.1)
