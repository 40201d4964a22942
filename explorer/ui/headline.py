"""What the Overview says first: what a model of this kind is, its numbers, and how they were measured."""

from explorer.config import RunConfig
from explorer.library import Entry
from explorer.networks import VQVAEConfig
from explorer.records import RunRecord
from explorer.ui.layout import Metric
from explorer.ui.words import duration, loss_unit, plain

WINDOW = "data range 1, scikit-image's default 7 × 7 window"

VAE = (
    "A **variational autoencoder** squeezes an image $x$ into a few numbers $z$ and draws it again from them. "
    "It learns both at once, and so that numbers drawn from a plain Gaussian give a picture too: "
    "that is the first strip. It makes the *evidence lower bound* large:\n\n"
    r"$$\log p(x) \ge \underbrace{\mathbb{E}_{q(z|x)}[\log p(x|z)]}_{\text{reconstruction}}"
    r" - \underbrace{\mathrm{KL}(q(z|x)\,\|\,\mathcal{N}(0, I))}_{\text{price of } z}$$"
)
VQVAE = (
    "A **VQ-VAE** writes an image $x$ as a map of *codes*. The encoder gives each site of the map a vector $z_e$, and "
    "in its place goes the nearest vector $e_k$ of the *codebook*. Its number $k$ is the code, and the decoder draws "
    "the image from those vectors alone:\n\n"
    r"$$k = \arg\min_j \lVert z_e(x) - e_j \rVert, \qquad \hat{x} = \mathrm{decoder}(e_k)$$"
    "\n\nA choice has no gradient, so the decoder's goes *straight through* to the encoder, as if nothing had been "
    "replaced. The codebook follows as a running mean of the vectors that chose it. A second network, the *prior*, "
    r"then learns which code follows which, $p(k) = \prod_i p(k_i \mid k_{<i})$, and draws new maps site by site: that "
    "is the first strip."
)


def explanation(config: RunConfig) -> str:
    """The answer to "What am I looking at?"."""
    return VQVAE if config.has_codes else VAE


def headline(entry: Entry) -> list[Metric]:
    """The recorded numbers of a model."""
    record = entry.record
    model = record.config.model
    return _of_codes(record, model) if isinstance(model, VQVAEConfig) else _of_latent(record, model.latent_dim)


def measured_how(record: RunRecord) -> str:
    """On what, and how, those numbers were measured."""
    images = f"{plain(record.data.title)}: {record.trained.test.count:,} test images."
    if record.config.has_codes:
        return (
            f"{images} SSIM, PSNR and MSE of the decoded code map, {WINDOW}. Perplexity: as many codes, were they used "
            "alike. Bits per code: what a code costs under the prior, a mean over images and sites. The per-site "
            "unigram needs no network: it knows how often each code is at its site in the training images."
        )
    return (
        f"{images} ELBO as a loss, so lower is better: beta 1, one posterior sample. SSIM and PSNR of the decoded "
        f"posterior mean, {WINDOW}. A unit is active when its posterior mean varies over the images by more than 0.01."
    )


def _of_latent(record: RunRecord, units: int) -> list[Metric]:
    line = record.trained
    test, sample = line.test, line.train_sample
    return [
        Metric(f"ELBO, {loss_unit(record.config)}", f"{test.elbo:.1f}", f"train {sample.elbo:.1f}"),
        Metric("SSIM, test", f"{test.ssim:.3f}", f"PSNR {test.psnr:.1f} dB"),
        Metric("KL, nats", f"{test.kl:.1f}", f"{line.active_units} of {units} units active"),
        Metric("MSE, test", f"{test.mse:.4f}", "imported weights")
        if record.imported
        else Metric("Training time", duration(line.seconds), f"{line.epoch} epochs"),
    ]


def _of_codes(record: RunRecord, model: VQVAEConfig) -> list[Metric]:
    line, prior = record.trained, record.prior
    test, sites = line.test, model.map_size**2
    metrics = [
        Metric("SSIM, test", f"{test.ssim:.3f}", f"PSNR {test.psnr:.1f} dB"),
        Metric("MSE, test", f"{test.mse:.5f}", f"train {line.train_sample.mse:.5f}"),
        Metric("Perplexity, test", f"{test.perplexity:,.0f}", f"{test.usage:.0%} of {model.codebook_size:,} used"),
    ]
    if prior is None:
        return [*metrics, Metric("Bits per code", "none", "its prior is not trained yet")]
    return [
        *metrics,
        Metric("Bits per code, test", f"{prior.test:.2f}", f"per-site unigram {prior.site_unigram:.2f}"),
        Metric("Bits per image, test", f"{sites * prior.test:,.0f}", f"{sites:,} codes"),
    ]
