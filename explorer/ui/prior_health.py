"""How good the prior is: what a code costs under it, where in an image, and whether its samples are noise or copies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.library import Entry
from explorer.palette import TILE_SEQUENTIAL, grey_tiles, sequential_tiles
from explorer.records import PriorHealth, PriorRecord
from explorer.ui.background import Work
from explorer.ui.charts import BARE
from explorer.ui.code_drawing import AT_ONCE, Floats, Tiles, TrainingImages
from explorer.ui.components import Legend, SheetRow, image_sheet
from explorer.ui.facts import describe_row
from explorer.ui.layout import Metric, explained_errors, metric_row, section
from explorer.ui.picture_size import is_small
from explorer.ui.prior_verdict import class_basis, judge
from explorer.ui.state import open_code_maps, theme
from explorer.ui.words import plain

if TYPE_CHECKING:  # imports torch; the page is drawn first
    from explorer.code_inference import CodeSession
    from explorer.code_maps import CodeMaps

LOOK = 0.5  # seconds from look to look while something is measured
SHOWN = {True: 12, False: 6}  # test images a sheet: small ones, large ones
QUANTILE = 0.99  # of the bits that the colours tell apart
FEW = 4  # classes whose words stand on the page at once
Rows = NDArray[np.int64]


@dataclass
class Bench:
    """Where the samples of one prior are measured, once for all visitors."""

    work: Work[Measured] | None = None


@dataclass(frozen=True)
class Measured:
    """How far a measurement is."""

    doing: str
    share: float
    health: PriorHealth | None = None


@explained_errors()
def draw_prior_health(entry: Entry, session: CodeSession, training: TrainingImages) -> None:
    """Draw the section: a sentence, the bits, the samples, the test images."""
    section("Prior health")
    prior = entry.record.prior
    if prior is None:
        st.info("The prior is still being trained, and was not evaluated yet.", icon=":material/info:")
        return
    bench = _bench(str(entry.run.directory), entry.run.prior.version)
    is_measuring = bench.work is not None and bench.work.is_alive
    (_follow if is_measuring else _stand)(entry, session, training, prior, bench)
    _class_words(entry)
    _bits_of_images(entry, session)


@st.cache_resource(max_entries=16, show_spinner=False)
def _bench(directory: str, version: int) -> Bench:  # noqa: ARG001, the key
    return Bench()


@st.fragment(run_every=LOOK)
@explained_errors()
def _follow(entry: Entry, session: CodeSession, training: TrainingImages, prior: PriorRecord, bench: Bench) -> None:
    is_alive = bench.work is not None and bench.work.is_alive
    _draw_figures(entry, session, training, prior, bench)
    if not is_alive:
        st.rerun()


@st.fragment
@explained_errors()
def _stand(entry: Entry, session: CodeSession, training: TrainingImages, prior: PriorRecord, bench: Bench) -> None:
    _draw_figures(entry, session, training, prior, bench)


def _draw_figures(
    entry: Entry, session: CodeSession, training: TrainingImages, prior: PriorRecord, bench: Bench
) -> None:
    from explorer.figures import bits_bars

    health = entry.run.read_health()
    is_alive = bench.work is not None and bench.work.is_alive  # before the look, which may then be of its last step
    measured = None if bench.work is None else bench.work.look()
    if health is None and measured is not None:
        health = measured.health
    for finding in judge(prior, health):
        icon = ":orange[:material/warning:]" if finding.is_bad else ":green[:material/check_circle:]"
        st.markdown(f"{icon} {plain(finding.sentence)}")
    bars, figures = st.columns([3, 2], gap="large")
    with bars:
        st.plotly_chart(bits_bars(_costs(prior), theme()), key="prior-bits", config=BARE)
        gap = prior.test - prior.best.train_sample
        st.caption(
            f"Bits per code, over all sites of {entry.record.data.counts['test']:,} test images; fewer is better. "
            f"Test images cost {abs(gap):.2f} bits {'more' if gap >= 0 else 'less'} than training images."
        )
    with figures:
        if health is not None:
            _nearest(health)
        else:
            _measure(entry, session, training, bench, measured if is_alive else None)


def _costs(prior: PriorRecord) -> dict[str, float]:
    return {
        "all codes alike": prior.uniform,
        "counting codes": prior.unigram,
        "counting per site": prior.site_unigram,
        "prior, test": prior.test,
        "prior, training": prior.best.train_sample,
    }


def _nearest(health: PriorHealth) -> None:
    low, middle, high = health.reference
    metric_row(
        [
            Metric("Nearest training image, SSIM", f"{health.sample:.3f}", f"median of {health.samples} samples"),
            Metric("The same of test images", f"{middle:.3f}", f"5 % {low:.3f}, 95 % {high:.3f}"),
        ],
        least_width=240,
    )
    st.caption(
        "Samples at temperature 1, of any class; all images as decoded from codes. Below the range of the test "
        "images a sample is like nothing that was learned, above it it is a copy."
    )


def _measure(
    entry: Entry, session: CodeSession, training: TrainingImages, bench: Bench, measured: Measured | None
) -> None:
    """The button that measures it, or how far what is `measured` is."""
    work = bench.work
    if work is not None and measured is not None:
        st.progress(measured.share, text=measured.doing)
        st.button("Cancel", icon=":material/stop:", key="cancel-health", on_click=work.cancel)
        return
    if work is not None and work.end == "failed":
        st.error(plain(work.error or "This stopped; measure again."), icon=":material/error:")
    st.caption("Whether samples are noise, copies or neither was not measured for this run.")
    if st.button("Measure", icon=":material/straighten:", key="measure-health"):
        steps = measure(session, open_code_maps(entry, "test"), training)
        bench.work = Work(steps, Measured("Beginning", 0.0))
        st.rerun()


def measure(session: CodeSession, test: CodeMaps, training: TrainingImages) -> Iterator[Measured]:
    """What `explorer/prior_health.py` says of samples at temperature 1; yields how far it is."""
    from explorer.ancestral import Draws
    from explorer.prior_health import MOST_TESTED, SAMPLES, SEED, prior_health

    side = test.codes.shape[1]
    rows = []
    for row, codes in session.sample_rows(Draws(SAMPLES, SEED)):
        rows.append(codes)
        yield Measured(f"Drawing row {row + 1} of {side}", 0.4 * (row + 1) / side)
    for share in training.decoding():
        yield Measured("Decoding the training images", 0.4 + 0.4 * share)
    yield Measured(f"Comparing {SAMPLES} samples and {MOST_TESTED} test images with them", 0.8)
    samples = session.decode(np.stack(rows, axis=1))
    spread = np.linspace(0, len(test.codes) - 1, min(MOST_TESTED, len(test.codes))).astype(int)
    tested = np.concatenate(
        [session.decode(test.codes[spread[start : start + AT_ONCE]]) for start in range(0, len(spread), AT_ONCE)]
    )
    yield Measured("Done", 1.0, prior_health(samples, tested, training.images()))


def _class_words(entry: Entry) -> None:
    """How many scans each class rests on, where there are classes."""
    names, train = entry.record.data.label_names, open_code_maps(entry, "train")
    if names and train.labels is not None:
        lines = [class_basis(train.metadata, train.labels == label, name) for label, name in enumerate(names)]
        words = "  \n".join(map(plain, lines))
        if len(names) <= FEW:
            st.caption(words)
        else:
            with st.expander("What the classes rest on", icon=":material/groups:"):
                st.markdown(words)


@st.fragment
@explained_errors()
def _bits_of_images(entry: Entry, session: CodeSession) -> None:
    """Test images over what each of their codes costs."""
    test = open_code_maps(entry, "test")
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        section("What each code of a test image costs")
        at_once = SHOWN[is_small(entry.record.config.model.image_size)]
        sheet = st.pagination(-(-len(test.codes) // at_once), key=f"bits-{entry.key}")
    rows = np.arange(len(test.codes))[(sheet - 1) * at_once : sheet * at_once]
    run = entry.run
    bits, decoded = _costs_of(str(run.directory), run.version, run.prior.version, sheet, rows, session, test)
    limit = float(np.ceil(np.quantile(bits, QUANTILE)))
    scale = decoded.shape[1] // bits.shape[1]
    tiles = sequential_tiles(bits.repeat(scale, axis=1).repeat(scale, axis=2), limit)
    image_sheet(
        [SheetRow("decoded", "test image", decoded), SheetRow("bits", "of each code", tiles)],
        key=f"bits-sheet-{entry.key}-{sheet}",
        captions=[f"{value:.2f}" for value in bits.mean(axis=(1, 2))],
        tooltips=[describe_row(f"test image {row + 1}", test, entry.record.data.label_names, row) for row in rows],
        bands=None,
        legend=Legend("0 bits", f"{limit:g} bits or more", TILE_SEQUENTIAL),
    )
    given = "" if test.labels is None else ", given its class"
    st.caption(f"Under each image: its mean bits per code{given}. Bright: what the prior did not expect.")


@st.cache_data(max_entries=64, show_spinner=False)
def _costs_of(
    directory: str,  # noqa: ARG001, this and what follows are the key
    version: int,  # noqa: ARG001
    prior_version: int,  # noqa: ARG001
    sheet: int,  # noqa: ARG001
    _rows: Rows,
    _session: CodeSession,
    _test: CodeMaps,
) -> tuple[Floats, Tiles]:
    """Of the test images of one sheet: bits (N, s, s), and the images as decoded, u8 (N, H, H)."""
    codes = _test.codes[_rows]
    bits = _session.bits(codes, None if _test.labels is None else _test.labels[_rows])
    return bits, grey_tiles(_session.decode(codes))
