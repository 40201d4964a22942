"""A VQ-VAE on every page: what draws it, what says why it cannot, and its two stages."""

import shutil

import pytest
from small_runs import change_json
from visitor import (
    LATENT_PAGES,
    VQVAE_PAGES,
    assert_explained,
    button_called,
    content,
    links,
    notices,
    opened,
    sheet,
    sheets,
    shown,
)

from explorer.records import Status
from explorer.runs import Run

pytestmark = pytest.mark.usefixtures("small_data")


@pytest.fixture
def half_a_run(code_run: Run) -> Run:
    """The same after its first stage."""
    shutil.rmtree(code_run.prior.directory)
    change_json(code_run.directory / "run.json", (), prior=None)
    code_run.write_status(Status(phase="stopped", stage="autoencoder", epoch=2, epochs=2))
    return code_run


# every page


@pytest.mark.parametrize("page", VQVAE_PAGES)
def test_every_page_that_is_not_about_latent_numbers_draws_a_vq_vae(page, code_run):
    app = opened(page, model=code_run.name)
    assert_explained(app)
    assert notices(app) == []
    assert content(app) != []


@pytest.mark.parametrize("page", LATENT_PAGES)
def test_a_page_about_latent_numbers_says_why_a_vq_vae_has_none_and_leads_to_its_codes(page, code_run):
    app = opened(page, model=code_run.name)
    assert_explained(app)
    assert content(app) == []
    button = next(each for each in app.button if "code" in each.label.lower())
    button.click().run()
    assert [title.value for title in app.title] == ["Codebook"]
    assert app.sidebar.selectbox(key="model").value == code_run.name


def test_a_page_without_sliders_leads_to_the_samples_too(code_run):
    app = opened("sliders", model=code_run.name)
    assert any("a map of 4 × 4 codes, each of them one of 16" in shown(each.value) for each in app.caption)
    button_called(app, "Draw new maps").click().run()
    assert [title.value for title in app.title] == ["Sample"]


def test_a_vq_vae_is_decoded_from_its_codes_and_there_is_nothing_to_choose(code_run):
    app = opened("reconstruct", model=code_run.name)
    assert_explained(app)
    assert [each.key for each in app.get("button_group") if each.key == "latent"] == []
    assert sheet(app)["rows"][1]["detail"] == "from its codes"


# the overview


def test_the_overview_of_a_vq_vae_states_the_recorded_numbers_of_both_stages(code_run):
    app = opened("overview", model=code_run.name)
    record = code_run.read_record()
    test, prior = record.trained.test, record.prior
    metrics = {metric.label: (metric.value, metric.delta) for metric in app.metric}
    assert metrics["SSIM, test"][0] == f"{test.ssim:.3f}"
    assert metrics["Perplexity, test"] == (f"{test.perplexity:.0f}", f"{test.usage:.0%} of 16 used")
    unigram = f"per-site unigram {prior.site_unigram:.2f}"
    assert metrics["Bits per code, test"] == (f"{prior.test:.2f}", unigram)
    assert metrics["Bits per image, test"] == (f"{16 * prior.test:.0f}", "16 codes")
    assert len(app.get("plotly_chart")) == 2
    assert links(app) == ["codebook", "sample", "reconstruct", "train"]
    fit = f"SSIM {test.ssim:.3f}, {prior.test:.2f} bits per code, test"
    assert any(fit in each.value and "codes of 16" in each.value for each in app.sidebar.caption)


def test_a_vq_vae_without_a_prior_shows_reconstructions_in_place_of_samples(half_a_run):
    app = opened("overview", model=half_a_run.name)
    assert_explained(app)
    assert any("not trained yet" in shown(each.value) for each in app.markdown)
    assert sheets(app)[0]["rows"][0]["label"] == "epoch 2"
    assert not any(button.label == "Draw again" for button in app.button)
    assert {metric.label: metric.value for metric in app.metric}["Bits per code"] == "none"


# training


def test_a_vq_vae_on_the_training_page_has_the_curves_of_both_stages_and_opens_in_the_codebook(code_run):
    app = opened("train", run=code_run.name)
    assert_explained(app)
    assert any("stage 2 of 2: prior" in each.value for each in app.markdown)
    assert len(app.get("plotly_chart")) == 4
    bits = code_run.read_record().prior.trained
    metrics = {metric.label: (metric.value, metric.delta) for metric in app.metric}
    assert metrics["Bits per code, validation"] == (f"{bits.validation:.2f}", f"train {bits.train_sample:.2f}")
    button_called(app, "Open in Codebook").click().run()
    assert [title.value for title in app.title] == ["Codebook"]


def test_a_vq_vae_that_ended_between_its_stages_says_so_and_can_be_resumed(half_a_run):
    app = opened("train", run=half_a_run.name)
    assert_explained(app)
    assert any("stage 1 of 2: autoencoder" in each.value for each in app.markdown)
    assert len(app.get("plotly_chart")) == 3
    assert [button.label for button in app.button if button.label] == ["Resume", "Open in Codebook", "New run"]


def test_a_finished_vq_vae_is_not_trained_on(code_run):
    app = opened("train", run=code_run.name)
    assert [button.label for button in app.button if button.label] == ["Open in Codebook", "New run"]
