"""`export`: a copy of a run to pass on."""

import argparse
from pathlib import Path

from explorer.library import find_run
from explorer.runs import Run


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The parser of `export`."""
    export = commands.add_parser("export", help="copy a run to pass on: half-precision weights, no state to resume")
    export.add_argument("run", metavar="RUN")
    export.add_argument("--out", type=Path, required=True, metavar="DIR")
    export.add_argument("--credit", default="", metavar="TEXT", help="source and licence of the data")
    export.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Write a copy of a run to pass on; prints its directory."""
    from explorer.exporting import export_run

    print(export_run(find_run(options.run), Run(options.out.absolute()), options.credit).directory)
    return 0
