"""`calibrate`: what a model's scores are on its own held-out images, stored in the run."""

import argparse
import sys

from tqdm import tqdm

from explorer.library import find_run
from explorer.runs import Run


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The parser of `calibrate`."""
    parser = commands.add_parser("calibrate", help="store what a run's scores are on its own held-out images")
    parser.add_argument("run", metavar="RUN")
    parser.add_argument("--data", metavar="NAME|DIR", help="where the run's images are now")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Measure and store it, also in a shipped run; prints what the percentiles are of."""
    print(store_calibration(find_run(options.run), options.data))
    return 0


def store_calibration(target: Run, data: str | None = None) -> str:
    """Measure `target` and store it; returns where its percentiles are from. Raises ExplorerError."""
    from explorer.calibration import Calibration
    from explorer.code_inference import CodeSession
    from explorer.datasets.recorded import open_recorded
    from explorer.held_out import measuring
    from explorer.inference import Session

    record = target.read_record()
    session = CodeSession(target) if record.config.has_codes else Session(target)
    images = open_recorded(record.data, record.config.model.image_size, data)
    source = ""
    with tqdm(total=100, desc="held-out images", disable=None, file=sys.stderr, bar_format="{l_bar}{bar}|") as bar:
        for step in measuring(session, target, images):
            if isinstance(step, Calibration):
                target.write_calibration(*step.to_arrays())
                source = step.source
            else:
                bar.update(round(100 * step) - bar.n)
    return f"Percentiles and residuals are those of {source}."
