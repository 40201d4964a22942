"""From a key or the pointer to the image: our slider panel beside `st.slider` and `st.image`, in headless chromium.

Steps are key presses, each after the last one was painted: the time from the key to the frame with its image. A
held key is as many presses a second as keyboards repeat, a drag as many moves as a screen has frames: the images
that are painted meanwhile, a second. Without and with 50 milliseconds on the wire; and steps with 20 browsers open,
in all of which the key is pressed at the same moment. `st.slider` sends held keys and drags on release alone.

Run from the project's folder: python -m benchmarks.drag [RUN]; by default mnist-20.
"""

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.apps.wire import longer_wire
from benchmarks.browsing import latency, opened, paints, rest, serving, watch

ON_THE_WIRE = 0.05  # seconds of a way there and back
BROWSERS = 20
ROUNDS, STEPS = 3, 12  # both ways take turns; steps of a round
KEYS, KEY_RATE = 60, 30  # of a held key
MOVES, MOVE_RATE = 90, 60  # of a drag


@dataclass(frozen=True)
class Way:
    """One of the two: where it is served, its sliders, when an image is there, and how each new one is seen."""

    name: str
    script: str
    address: str
    sliders: str
    ready: str
    watch: str


USUAL = Way(
    "st.slider and st.image",
    "benchmarks/apps/usual_sliders.py",
    "/",
    "[data-testid=stSlider] input",
    "document.querySelector('[data-testid=stImage] img')?.complete",
    """document.addEventListener("load", ({ target }) => {
        if (target.tagName === "IMG") requestAnimationFrame(afterPaint); // a loaded image is in the next frame
    }, true);""",
)
OURS = Way(
    "the slider panel",
    "app.py",
    "/sliders?model={run}",
    ".strip input",
    "window.explorerProbe?.sliders?.paints > 0",
    """const probe = window.explorerProbe.sliders;
    let paints = probe.paints;
    Object.defineProperty(probe, "paints", { get: () => paints, set: value => { paints = value; afterPaint(); } });""",
)


@dataclass
class Seen:
    """What was measured of one way: milliseconds of each step, images a second of each held key and drag."""

    steps: list[float]
    held: list[float]
    dragged: list[float]


def main(run: str) -> None:
    """Print a line for each thing that was measured."""
    with ExitStack() as stack, sync_playwright() as driver:
        ports = {way.name: stack.enter_context(serving(way.script, run)) for way in (USUAL, OURS)}
        slow = {name: stack.enter_context(longer_wire(port, ON_THE_WIRE / 2)) for name, port in ports.items()}
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        report("one browser", measure(browser, ports, run))
        report(f"{1000 * ON_THE_WIRE:.0f} ms on the wire", measure(browser, slow, run))
        report(f"{BROWSERS} browsers at once", measure(browser, ports, run, others=BROWSERS - 1))
        browser.close()


def measure(browser: Browser, ports: dict[str, int], run: str, others: int = 0) -> tuple[Seen, Seen]:
    """Both ways, in turns; with `others` the steps alone."""
    results = Seen([], [], []), Seen([], [], [])
    for _ in range(ROUNDS):
        for way, seen in zip((USUAL, OURS), results, strict=True):
            address = f"http://localhost:{ports[way.name]}{way.address.format(run=run)}"
            with ExitStack() as stack:
                page, *more = (stack.enter_context(focused(browser, way, address)) for _ in range(1 + others))
                watch(page, "keydown", way.watch)
                seen.steps += [step(page, more) for _ in range(STEPS)]
                if not others:
                    seen.held.append(hold(page))
                    seen.dragged.append(drag(page, way))
    return results


def step(page: Page, others: list[Page]) -> float:
    """Milliseconds from a key until its image is painted; the key was just pressed in the `others`."""

    def press() -> None:
        for each in [*others, page]:
            each.keyboard.press("ArrowRight")

    return latency(page, press)


def hold(page: Page) -> float:
    """Images a second while a key repeats."""

    def press() -> None:
        page.keyboard.down("ArrowRight")

    rate = painted(page, press, KEYS, KEY_RATE)
    page.keyboard.up("ArrowRight")
    rest(page)
    return rate


def drag(page: Page, way: Way) -> float:
    """Images a second while the pointer moves, before it is released."""
    box = page.locator(way.sliders).nth(1).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    places = iter(range(MOVES))
    rate = painted(page, lambda: page.mouse.move(x + next(places), y), MOVES, MOVE_RATE)
    page.mouse.up()
    return rate


def painted(page: Page, act: Callable[[], object], count: int, rate: float) -> float:
    """Do something `count` times at a rate; the images painted meanwhile, a second."""
    before, start = paints(page), time.perf_counter()
    for number in range(count):
        time.sleep(max(0.0, start + number / rate - time.perf_counter()))
        act()
    return (paints(page) - before) / (time.perf_counter() - start)


@contextmanager
def focused(browser: Browser, way: Way, address: str) -> Iterator[Page]:
    """A browser of its own on the page, where keys move the first slider."""
    with opened(browser, address, ready=way.ready) as page:
        page.locator(way.sliders).first.focus()
        yield page


def report(condition: str, results: tuple[Seen, Seen]) -> None:
    """Medians of both ways, and their ratio."""
    (usual, ours) = results
    slow, fast = median(usual.steps), median(ours.steps)
    worst = [sorted(each.steps)[int(0.95 * len(each.steps))] for each in results]
    print(
        f"{condition}, a step: {slow:.0f} ms (95 %: {worst[0]:.0f}) -> {fast:.0f} ms (95 %: {worst[1]:.0f}), "
        f"×{slow / fast:.1f}"
    )
    for name, rates in (("held key", (usual.held, ours.held)), ("drag", (usual.dragged, ours.dragged))):
        if not rates[0]:
            continue
        before, after = map(median, rates)
        ratio = f", ×{after / before:.1f}" if before else ", nothing before the release"
        print(f"{condition}, {name}: {before:.1f} -> {after:.1f} images a second{ratio}", flush=True)


if __name__ == "__main__":
    main(*(sys.argv[1:2] or ["mnist-20"]))
