"""The command line: train, import, evaluate, sample, map, calibrate, list, export.

    python -m explorer train mnist-20 --epochs 5 --latent-dim 4
    python -m explorer import weights.pt --like mnist-20
    python -m explorer evaluate mnist-20 --json

An error that the user can act on is one sentence on stderr and exit code 2.
"""

import argparse
import sys
from collections.abc import Sequence

from explorer.commands import calibrate, evaluate, export, import_run, list_runs, map_run, sample, train
from explorer.errors import ExplorerError

COMMANDS = (train, import_run, evaluate, sample, map_run, calibrate, list_runs, export)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = build_parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except ExplorerError as error:
        print(error, file=sys.stderr)
        return 2


def build_parser() -> argparse.ArgumentParser:
    """The parser of every command; `options.command` is the function that runs it."""
    parser = argparse.ArgumentParser(prog="python -m explorer", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
