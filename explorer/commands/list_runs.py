"""`list`: the runs there are, and those that cannot be opened."""

import argparse
import json
import sys
from typing import Any

from explorer.library import list_runs


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The parser of `list`."""
    listing = commands.add_parser("list", help="the runs there are")
    listing.add_argument("--json", action="store_true", help="print one JSON array")
    listing.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Print every run, and those that are broken."""
    entries, broken = list_runs()
    rows: list[dict[str, Any]] = [
        {
            "run": entry.key,
            "recipe": entry.record.config.recipe,
            "data": entry.record.data.title,
            "epochs": entry.record.trained.epoch,
            "elbo": entry.record.trained.test.elbo,
            "ssim": entry.record.trained.test.ssim,
            "shipped": entry.shipped,
            "directory": str(entry.run.directory),
        }
        for entry in entries
    ]
    if options.json:
        print(json.dumps(rows + [{"run": each.key, "error": each.reason} for each in broken]))
        return 0
    print(f"{'run':32s}{'data':44s}{'epochs':>7s}{'elbo':>9s}{'SSIM':>7s}")
    for row in rows:
        print(f"{row['run']:32s}{row['data']:44s}{row['epochs']:7d}{row['elbo']:9.2f}{row['ssim']:7.3f}")
    for each in broken:
        print(f"{each.key}: {each.reason}", file=sys.stderr)
    return 0
