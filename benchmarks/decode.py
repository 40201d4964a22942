"""One image decoded in headless chromium: the layers' formulas as plain loops beside net.js.

Run from the project's folder: python -m benchmarks.decode [RUN ...]; by default every shipped model.
"""

import json
import shutil
import sys
from base64 import b64encode
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright
from safetensors.numpy import save

from explorer.inference import Session
from explorer.library import find_run, list_runs
from explorer.paths import PROJECT

HOST = "http://project.test/"  # answered from the project's folder, so that modules import each other


def main(names: list[str]) -> None:
    """Print one line a model."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        page = browser.new_page()
        page.route(f"{HOST}**", lambda route: route.fulfill(path=_file(route.request.url)))
        page.goto(f"{HOST}benchmarks/decode.html")
        for name in names:
            print(_line(page, name))
        browser.close()


def _file(url: str) -> Path:
    return PROJECT / url.removeprefix(HOST)


def _line(page: Page, name: str) -> str:
    net = Session(find_run(name)).browser_decoder()
    blob = b64encode(save(net.tensors, {"decoder": json.dumps(net.layers)})).decode()
    result = page.evaluate("blob => window.compare(Uint8Array.from(atob(blob), (c) => c.charCodeAt(0)))", blob)
    usual, ours = result["usual"], result["ours"]
    ratios = [slow / fast for slow, fast in zip(usual, ours, strict=True)]
    return (
        f"{name}: {result['flops'] / 1e6:.1f} MFLOP, {median(usual):.3g} ms -> {median(ours):.3g} ms, "
        f"×{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f} over {len(ratios)} blocks), "
        f"largest difference from torch {result['parity']:.0e}"
    )


if __name__ == "__main__":
    main(sys.argv[1:] or [entry.key for entry in list_runs()[0] if entry.shipped])
