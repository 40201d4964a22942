"""The app as a process of its own, and a page of it in chromium with an ear on what it says and sends."""

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from datasets_files import write_idx, write_oasis
from small_runs import wait_until

from explorer.paths import PROJECT
from explorer.runs import Run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, WebSocket

CHROMIUM = shutil.which("chromium")
CAN_DRIVE = CHROMIUM is not None and importlib.util.find_spec("playwright") is not None
IN_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.skipif(not CAN_DRIVE, reason="playwright and chromium are not both installed"),
]
if os.environ.get("CI"):
    assert CAN_DRIVE, "playwright and chromium are not both installed: CI has to drive the app"

VIEWPORT = {"width": 1280, "height": 900}
SETTLED = '[data-testid="stApp"][data-test-script-state="notRunning"]'


@dataclass(frozen=True)
class App:
    """A running app: its address, and the folder of the runs that it starts."""

    url: str
    runs: Path


@contextmanager
def running_app(folder: Path) -> Iterator[App]:
    """Serve the app with roots of its own in `folder`; training that it started ends with it."""
    write_idx(folder / "data" / "MNIST" / "raw", test=40)
    write_oasis(folder / "data" / "oasis", side=64)
    roots = {f"EXPLORER_{name.upper()}": str(folder / name) for name in ("data", "runs", "cache")}
    port = _free_port()
    flags = {"headless": "true", "port": str(port), "address": "localhost", "fileWatcherType": "none"}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--browser.gatherUsageStats=false"]
    app = App(f"http://localhost:{port}", folder / "runs")
    with (folder / "app.log").open("wb") as log:
        process = subprocess.Popen(
            command + [f"--server.{name}={value}" for name, value in flags.items()],
            cwd=PROJECT,
            env=os.environ | roots,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            wait_until(lambda: _is_healthy(app, process))
            yield app
        finally:
            _end_training(app.runs)
            process.terminate()
            process.wait()


@dataclass
class Visit:
    """One page of a browser, and what happened on it."""

    page: "Page"
    complaints: list[str] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def open(self, app: App, address: str) -> "Page":
        """Go to an address of the app, and wait until its script has ended."""
        self.page.goto(app.url + address)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until the script has ended and nothing shows an exception."""
        self.page.locator(SETTLED).wait_for()
        self.page.get_by_test_id("stHeading").first.wait_for()
        assert self.page.get_by_test_id("stException").count() == 0


@contextmanager
def visiting(browser: "Browser", color_scheme: str = "light") -> Iterator[Visit]:
    """A visitor who was never here before."""
    context = browser.new_context(viewport=VIEWPORT, color_scheme=color_scheme)
    visit = Visit(context.new_page())

    def hear(message: "ConsoleMessage") -> None:
        probe = "_stcore/" in message.location["url"]  # of Streamlit's own, beside the page of a deep link
        if message.type == "error" and not probe:
            visit.complaints.append(message.text)

    def listen(socket: "WebSocket") -> None:
        socket.on("framesent", lambda frame: visit.sent.append(frame if isinstance(frame, bytes) else frame.encode()))

    visit.page.on("console", hear)
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    visit.page.on("websocket", listen)
    visit.page.on("request", lambda request: visit.hosts.add(request.url.split("/")[2] if "//" in request.url else ""))
    try:
        yield visit
    finally:
        context.close()


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


def _is_healthy(app: App, process: "subprocess.Popen[bytes]") -> bool:
    assert process.poll() is None, "the app ended before it served a page"
    try:
        with urllib.request.urlopen(f"{app.url}/_stcore/health", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _end_training(runs: Path) -> None:
    for status in runs.glob("*/status.json"):
        run = Run(status.parent)
        run.request_stop()
        wait_until(lambda run=run: not run.is_running)
