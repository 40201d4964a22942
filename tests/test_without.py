"""Classes that are left out: in training they are nowhere, and scoring sees them again."""

import csv
import json

import numpy as np
import pytest
from datasets_files import opened
from small_runs import after, ignore, resume_small, small_config, train_small, train_small_vqvae

from explorer.__main__ import main
from explorer.anomaly import OUTSIDE, own_rows
from explorer.config import RunConfig
from explorer.datasets.recorded import learned_part, open_recorded
from explorer.errors import DatasetError
from explorer.held_out import calibrate
from explorer.inference import Session
from explorer.latent import LatentSpace
from explorer.runs import Run
from explorer.training import train
from explorer.ui.state import open_images


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    return train_small(tmp_path_factory.mktemp("runs") / "run", without="9,4")


@pytest.fixture(scope="module")
def digits():
    return opened("digits", 12)


def test_a_left_out_class_is_in_no_split(digits):
    kept = digits.without(("9", "4"))
    assert sorted(set(kept.labels)) == [0, 1, 2, 3, 5, 6, 7, 8]
    assert kept.label_names == digits.label_names
    assert kept.left_out == ("4", "9")
    assert kept.title.endswith("without 4, 9")
    assert {split: kept.count(split) for split in ("train", "test")} == {
        split: int((~np.isin(digits.select(split).labels, (4, 9))).sum()) for split in ("train", "test")
    }


def test_it_is_another_set_whatever_the_order_of_the_names(digits):
    fingerprints = [digits.without(names).fingerprint for names in (("4", "9"), ("9", "4"), ("4",), ())]
    assert fingerprints[0] == fingerprints[1]
    assert len(set(fingerprints)) == 3
    assert fingerprints[3] == digits.fingerprint


@pytest.mark.parametrize(
    ("dataset", "names", "sentence"),
    [
        ("digits", ("ten",), r"has no class 'ten' to leave out; its classes are 0, 1, .*9\."),
        ("digits", tuple("0123456789"), r"has no images; leave fewer classes out\."),
        ("template-brain", ("1",), r"has no classes, so none of them can be left out"),
    ],
)
def test_what_cannot_be_left_out_is_refused_in_a_sentence(tmp_path, dataset, names, sentence):
    with pytest.raises(DatasetError, match=sentence):
        train(small_config(dataset=dataset, without=names), Run(tmp_path / "run"), after(None), ignore)


def test_a_run_says_what_it_never_saw_and_all_of_its_files_agree(run, digits):
    record = run.read_record()
    assert (record.config.without, record.data.without) == (("9", "4"), ("4", "9"))
    assert record.data.fingerprint == digits.without(("4", "9")).fingerprint
    space = LatentSpace.from_arrays(run.read_latents(), record.data)
    assert len(space.mean) == record.data.counts["test"] == record.trained.test.count
    assert not set(space.labels) & {4, 9}


def test_pages_and_the_command_open_what_the_run_learned_from(run, digits):
    record = run.read_record()
    page = open_images(record.data, 12)
    assert page.stand_in is None
    assert page.images.fingerprint == open_recorded(record.data, 12).fingerprint == record.data.fingerprint
    whole = open_recorded(record.data, 12, whole=True)
    assert whole.fingerprint == digits.fingerprint
    assert learned_part(whole, record.data).fingerprint == record.data.fingerprint


def test_another_set_with_such_classes_stays_whole(run):
    others = opened("digits", 13)
    assert learned_part(others, run.read_record().data) is others


def test_an_interrupted_run_goes_on_without_them(tmp_path, run):
    other = train_small(tmp_path / "run", stop_after=3, without="4,9")
    resume_small(other)
    ours, expected = (each.read_record() for each in (other, run))
    assert ours.data == expected.data
    assert ours.trained.test.elbo == pytest.approx(expected.trained.test.elbo, rel=1e-4)


def test_a_prior_never_sees_them_either(tmp_path):
    run = train_small_vqvae(tmp_path / "run", without="4,9")
    arrays = run.read_codes()
    assert not set(np.concatenate([arrays["test.labels"], arrays["train.labels"]])) & {4, 9}


def test_a_record_without_the_field_left_nothing_out(run):
    record = json.loads(run.read_record().model_dump_json())
    del record["config"]["without"], record["data"]["without"]
    loaded = type(run.read_record()).model_validate(record)
    assert loaded.config.without == loaded.data.without == ()


def test_the_command_line_takes_names_with_commas():
    assert RunConfig(recipe="").override(without="4, 9").without == ("4", "9")
    assert RunConfig(recipe="").override(without="").without == ()
    assert RunConfig(recipe="", without=("4", "9")).data.without == ("4", "9")


def test_only_what_it_knows_is_a_neighbour_of_itself(run, digits):
    test = digits.select("test")
    own = own_rows(test, digits, run.read_record())
    np.testing.assert_array_equal(own == OUTSIDE, np.isin(test.labels, (4, 9)))
    assert own.max() == run.read_record().data.counts["test"] - 1


def test_it_is_calibrated_on_what_it_knows(run, digits):
    found = calibrate(Session(run), run, digits.without(("4", "9")))
    assert found.count == run.read_record().data.counts["test"]


def test_the_command_trains_without_a_class_and_scores_it_afterwards(tmp_path, capsys):
    flags = ["--image-size=12", "--hidden=8", "--epochs=1", "--threads=1", "--no-map", "--without=3"]
    assert main(["train", "digits-2d", "--out", str(tmp_path / "run"), *flags]) == 0
    assert Run(tmp_path / "run").read_calibration() is not None
    capsys.readouterr()
    path = tmp_path / "scores.csv"
    assert main(["evaluate", str(tmp_path / "run"), "--json", "--scores", str(path)]) == 0
    facts = json.loads(capsys.readouterr().out)
    with path.open(newline="") as file:
        labels = [row["label"] for row in csv.DictReader(file)]
    assert set(labels) == set("0123456789")
    assert facts["count"] == len(labels) - labels.count("3")
    assert facts.get("data_note") is None
