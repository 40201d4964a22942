"""From a click to the image, and a redraw: our map beside `st.plotly_chart(on_select="rerun")`, in headless chromium.

Both show the principal plane of the same latents, 10,000 and 70,000 of them. A click is on a point, because Plotly
gives no event elsewhere, and what is there was hovered before, as a visitor does; measured is the time from the click
to the frame with the image. Of a redraw, as in a pan: what it takes of the page's own thread.

Run from the project's folder: python -m benchmarks.map [RUN]; by default mnist-20.
"""

import os
import shutil
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.browsing import latency, opened, rest, serving, watch
from explorer.latent import LatentSpace
from explorer.library import find_run
from explorer.maps import pca_map
from explorer.runs import Run

COUNTS = (10_000, 70_000)
ROUNDS, CLICKS = 3, 8  # both ways take turns
REDRAWS = 30
WEBGL = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")  # Plotly draws so many points with it


@dataclass(frozen=True)
class Way:
    """One of the two: where it is served, when it is there, how images and redraws of it are seen."""

    name: str
    script: str
    address: str
    ready: str
    watch: str
    screen: str
    redraw: str


USUAL = Way(
    "st.plotly_chart",
    "benchmarks/apps/usual_map.py",
    "/",
    "document.querySelector('.js-plotly-plot')?._fullLayout && document.querySelector('[data-testid=stImage] img')",
    """document.addEventListener("load", ({ target }) => {
        if (target.tagName === "IMG") requestAnimationFrame(afterPaint); // a loaded image is in the next frame
    }, true);""",
    """([x, y]) => {
        const plot = document.querySelector(".js-plotly-plot");
        const { left, top } = plot.querySelector(".nsewdrag").getBoundingClientRect();
        const { xaxis, yaxis } = plot._fullLayout;
        return [left + xaxis.l2p(x), top + yaxis.l2p(y)];
    }""",
    """async (count) => {
        const plot = document.querySelector(".js-plotly-plot");
        const times = [];
        const [low, high] = plot._fullLayout.xaxis.range;
        for (let i = 1; i <= count; i++) {
            const begin = performance.now();
            await window.Plotly.relayout(plot, "xaxis.range", [low + i * 0.01, high + i * 0.01]);
            times.push(performance.now() - begin);
        }
        await window.Plotly.relayout(plot, "xaxis.range", [low, high]);
        return times.sort((a, b) => a - b)[count >> 1];
    }""",
)
OURS = Way(
    "the map",
    "app.py",
    "/manifold?model={run}&map=pca&behind=plain",
    "window.explorerProbe?.manifold?.drawMs > 0",
    """const probe = window.explorerProbe.manifold;
    let paints = probe.paints;
    Object.defineProperty(probe, "paints", { get: () => paints, set: value => { paints = value; afterPaint(); } });""",
    """([x, y]) => window.explorerProbe.manifold.screenOf(x, y)""",
    """async (count) => {
        const times = [];
        for (let i = 1; i <= count; i++) times.push(window.explorerProbe.manifold.redraw());
        return times.sort((a, b) => a - b)[count >> 1];
    }""",
)


@dataclass
class Seen:
    """What was measured of one way: milliseconds of each click, and of a redraw in each turn."""

    clicks: list[float] = field(default_factory=list)
    redraws: list[float] = field(default_factory=list)


def main(run: str) -> None:
    """Print a line for each thing that was measured."""
    with ExitStack() as stack, sync_playwright() as driver:
        os.environ["EXPLORER_RUNS"] = stack.enter_context(tempfile.TemporaryDirectory())
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", *WEBGL])
        for count in COUNTS:
            points = make_run(find_run(run), f"map-{count}", count)
            report(count, measure(browser, f"map-{count}", points))
        browser.close()


def make_run(source: Run, name: str, count: int) -> np.ndarray:
    """A run like `source` with so many latents, draws of its posteriors; the places of its map."""
    target = Run(Path(os.environ["EXPLORER_RUNS"]) / name)
    target.make_directory()
    for file in ("run.json", "history.jsonl", "model.safetensors"):
        shutil.copy(source.directory / file, target.directory / file)
    arrays = source.read_latents()
    rows = np.arange(count) % len(arrays["mean"])
    noise = np.random.default_rng(0).standard_normal((count, arrays["mean"].shape[1]))
    per_image = {key: array[rows] for key, array in arrays.items() if len(array) == len(arrays["mean"])}
    per_image["mean"] = (per_image["mean"] + np.exp(0.5 * per_image["log_variance"]) * noise).astype(np.float16)
    target.write_latents(arrays | per_image)
    return pca_map(LatentSpace.from_arrays(target.read_latents(), target.read_record().data)).points


def measure(browser: Browser, run: str, points: np.ndarray) -> tuple[Seen, Seen]:
    """Both ways, in turns."""
    results = Seen(), Seen()
    spots = points[np.random.default_rng(1).choice(len(points), ROUNDS * CLICKS, replace=False)].tolist()
    with ExitStack() as stack:
        ports = {way.name: stack.enter_context(serving(way.script, run)) for way in (USUAL, OURS)}
        for turn in range(ROUNDS):
            for way, seen in zip((USUAL, OURS), results, strict=True):
                address = f"http://localhost:{ports[way.name]}{way.address.format(run=run)}"
                with opened(browser, address, ready=way.ready) as page:
                    watch(page, "pointerup", way.watch)
                    seen.clicks += [click(page, way, spot) for spot in spots[turn * CLICKS : (turn + 1) * CLICKS]]
                    seen.redraws.append(float(page.evaluate(way.redraw, REDRAWS)))
    return results


def click(page: Page, way: Way, spot: list[float]) -> float:
    """Milliseconds from a click on a point until its image is painted."""
    x, y = page.evaluate(way.screen, spot)
    page.mouse.move(x, y)
    rest(page)

    def press() -> None:
        page.mouse.down()
        page.mouse.up()

    return latency(page, press)


def report(count: int, results: tuple[Seen, Seen]) -> None:
    """Medians of both ways, and their ratio."""
    usual, ours = results
    for name, slow, fast in (("click to image", usual.clicks, ours.clicks), ("redraw", usual.redraws, ours.redraws)):
        before, after = median(slow), median(fast)
        print(f"{count:,} points, {name}: {before:.1f} ms -> {after:.1f} ms, ×{before / after:.1f}", flush=True)


if __name__ == "__main__":
    main(*(sys.argv[1:2] or ["mnist-20"]))
