"""What a VQ-VAE learned beside its images: its numbers, how much of the codebook it uses, and its prior's bits."""

from collections.abc import Sequence

import streamlit as st

from explorer.networks import VQVAEConfig
from explorer.records import EpochLine, Line, PriorLine, RunRecord
from explorer.ui.charts import BARE
from explorer.ui.layout import Metric, section
from explorer.ui.state import theme
from explorer.ui.words import BITS, signed


def code_metrics(epochs: Sequence[EpochLine], prior: Sequence[PriorLine], model: VQVAEConfig) -> list[Metric]:
    """The numbers of the newest epoch of both stages."""
    last = epochs[-1]
    change = last.test.total - epochs[-2].test.total if len(epochs) > 1 else 0.0
    bits = Metric("Bits per code, validation", "none", "the prior comes second")
    if prior:
        bits = Metric("Bits per code, validation", f"{prior[-1].validation:.2f}", f"train {prior[-1].train_sample:.2f}")
    return [
        Metric("Test loss", f"{last.test.total:.2f}", f"{signed(change, 2)} this epoch"),
        Metric("SSIM, test", f"{last.test.ssim:.3f}", f"PSNR {last.test.psnr:.1f} dB"),
        Metric(
            "Perplexity, test",
            f"{last.test.perplexity:,.0f}",
            f"{last.test.usage:.0%} of {model.codebook_size:,} codes used",
        ),
        bits,
    ]


def draw_prior(lines: Sequence[Line], record: RunRecord) -> None:
    """The prior's bits per code over its epochs, beside what needs no network."""
    from explorer.figures import prior_curves

    section("Bits per code of the prior")
    st.plotly_chart(prior_curves(lines, record.prior, theme()), key="prior-bits", config=BARE)
    st.caption(
        f"{BITS} Dashed levels need no network: all codes alike; how often each is used; how often it is used at its "
        "own site."
    )


def draw_codebook(lines: Sequence[Line], model: VQVAEConfig) -> None:
    """How much of the codebook the test images use, over the epochs."""
    from explorer.figures import codebook_curves

    section("Use of the codebook")
    figure = codebook_curves(lines, model.codebook_size, theme())
    st.plotly_chart(figure, key="codebook", config=BARE)
    st.caption("Codes that some test image uses. Perplexity: as many codes, were they used alike.")
