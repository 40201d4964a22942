"""`list`: the runs there are, what became of them, and those that cannot be opened."""

import argparse
import json
import sys
from typing import Any

from explorer.jobs import Job, list_jobs
from explorer.library import Entry, list_runs, size_on_disk


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The parser of `list`."""
    listing = commands.add_parser("list", help="the runs there are, their states, sizes and numbers")
    listing.add_argument("--json", action="store_true", help="print one JSON array")
    listing.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Print every run, those that have not begun, and those that are broken."""
    entries, broken = list_runs()
    jobs = list_jobs()
    phases = {job.run.directory: job.phase for job in jobs}
    rows = [_row(entry, "shipped" if entry.shipped else phases.get(entry.run.directory, "")) for entry in entries]
    rows += [_row_without_run(job) for job in jobs if not job.run.exists]
    if options.json:
        print(json.dumps(rows + [{"run": each.key, "error": each.reason} for each in broken]))
        return 0
    print(f"{'run':31s} {'state':13s}{'data':50s}{'epochs':>7s}{'MB':>8s}{'elbo':>9s}{'SSIM':>7s}")
    for row in rows:
        elbo = f"{row['elbo']:9.2f}" if row.get("elbo") is not None else 9 * " "
        numbers = f"{elbo}{row['ssim']:7.3f}" if "ssim" in row else ""
        size = row["bytes"] / 1e6
        print(f"{row['run']:31s} {row['state']:13s}{row['data']:50s}{row['epochs']:7d}{size:8.1f}{numbers}")
    for each in broken:
        print(f"{each.key}: {each.reason}", file=sys.stderr)
    return 0


def _row(entry: Entry, state: str) -> dict[str, Any]:
    return {
        "run": entry.key,
        "state": state,
        "recipe": entry.record.config.recipe,
        "data": entry.record.data.title,
        "epochs": entry.record.trained.epoch,
        "bytes": size_on_disk(entry.run),
        "elbo": entry.record.trained.test.elbo,
        "ssim": entry.record.trained.test.ssim,
        "shipped": entry.shipped,
        "directory": str(entry.run.directory),
    }


def _row_without_run(job: Job) -> dict[str, Any]:
    """A run that waits in the queue, opens its images, or never came that far."""
    request = job.status.request
    return {
        "run": job.run.name,
        "state": job.phase,
        "recipe": request.recipe if request else "",
        "data": str(request.changes.get("dataset", "")) if request else "",
        "epochs": 0,
        "bytes": size_on_disk(job.run),
        "shipped": False,
        "directory": str(job.run.directory),
    }
