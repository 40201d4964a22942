"""What the benchmarks in a browser share: scripts served, pages opened, and images watched as they are painted."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from explorer.paths import PROJECT

PATIENCE = 60_000  # milliseconds for an image
QUIET = 1000  # milliseconds without an image
WATCH = """
window.watched = { acts: [], paints: [] };
addEventListener(act, event => window.watched.acts.push(event.timeStamp), true);
function afterPaint() { // of the frame that is being made
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => window.watched.paints.push(performance.now());
    port2.postMessage(null);
}
"""


@contextmanager
def serving(script: str, run: str) -> Iterator[int]:
    """Serve a Streamlit script; gives its port."""
    with closing(socket.socket()) as probe:
        probe.bind(("localhost", 0))
        port = int(probe.getsockname()[1])
    flags = {"headless": "true", "port": str(port), "address": "localhost", "fileWatcherType": "none"}
    command = [sys.executable, "-m", "streamlit", "run", str(PROJECT / script), "--browser.gatherUsageStats=false"]
    process = subprocess.Popen(
        command + [f"--server.{name}={value}" for name, value in flags.items()],
        cwd=PROJECT,
        env=os.environ | {"EXPLORER_RUN": run, "PYTHONPATH": str(PROJECT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _is_healthy(port):
            assert process.poll() is None, f"{Path(script).name} ended before it served a page"
            time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def opened(browser: Browser, address: str, *, ready: str) -> Iterator[Page]:
    """A browser of its own on the page, once the script `ready` finds what it needs there and nothing runs any more."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    page.goto(address)
    page.wait_for_function(ready, timeout=120_000)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=PATIENCE)
    try:
        yield page
    finally:
        context.close()


def watch(page: Page, act: str, images: str) -> None:
    """Note the time of every event `act` and of every image: the script `images` calls `afterPaint` for each."""
    page.add_script_tag(content=f'const act = "{act}";{WATCH}{images}')


def latency(page: Page, act: Callable[[], object]) -> float:
    """Milliseconds from the event that `act` causes until an image is painted; then nothing is left to come."""
    before = paints(page)
    act()
    page.wait_for_function("before => watched.paints.length > before", arg=before, timeout=PATIENCE)
    found = page.evaluate("before => watched.paints[before] - watched.acts.at(-1)", before)
    rest(page)
    return float(found)


def paints(page: Page) -> int:
    """How many images were painted so far."""
    return int(page.evaluate("watched.paints.length"))


def rest(page: Page) -> None:
    """Wait until nothing has been painted for a while: what follows late is not the next measurement's."""
    page.wait_for_function(
        "quiet => performance.now() - Math.max(watched.acts.at(-1) ?? 0, watched.paints.at(-1) ?? 0) > quiet",
        arg=QUIET,
    )


def _is_healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
