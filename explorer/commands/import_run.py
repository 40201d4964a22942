"""`import`: a run from somebody's weights, and what was found on reading them."""

import argparse
import sys
from datetime import datetime
from pathlib import Path

from explorer.paths import runs_root
from explorer.recipes import find_recipe
from explorer.runs import Run


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The parser of `import`."""
    importing = commands.add_parser("import", help="make a run from a state dict: safetensors, .pt or .pth")
    importing.add_argument("weights", type=Path, metavar="WEIGHTS")
    importing.add_argument(
        "--like", required=True, metavar="RECIPE", help="the recipe whose network it is; shapes give the sizes"
    )
    importing.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="OLD=NEW",
        help="rename a tensor, or what its name begins with up to a dot; repeatable",
    )
    importing.add_argument("--data", metavar="NAME|DIR", help="other images than the recipe's to measure it on")
    importing.add_argument(
        "--out", type=Path, metavar="DIR", help="the run directory; by default <runs root>/FILE-TIME"
    )
    importing.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Make a run from a weights file; prints what was found, and the run directory last."""
    from explorer.importing import import_weights, report, suggested_name
    from explorer.state_dicts import read_file
    from explorer.tensor_names import parse_renames

    recipe, renames = find_recipe(options.like), parse_renames(options.map)
    given = read_file(options.weights)
    default = runs_root() / f"{suggested_name(given.file)}-{datetime.now():%Y%m%d-%H%M%S}"
    target = Run((options.out or default).absolute())
    record = import_weights(
        given,
        recipe,
        target,
        renames=renames,
        dataset=options.data,
        announce=lambda notice: print(notice, file=sys.stderr),
    )
    facts = report(record) | {"data": record.data.title} | record.trained.test.model_dump(exclude_none=True)
    for name, value in facts.items():
        print(f"{name:15s}{value:.5g}" if isinstance(value, float) else f"{name:15s}{value}")
    for notice in record.imported.notices if record.imported else ():
        print(f"{'look at':15s}{notice}")
    print(target.directory)
    return 0
