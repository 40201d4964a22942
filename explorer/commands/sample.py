"""`sample`: a sheet of images decoded from draws of the prior, as one PNG."""

import argparse
import json
import math
from pathlib import Path

from explorer.draws import LEAST_TRUNCATION, MOST_SEED, MOST_TEMPERATURE, Mixture, draw_noise
from explorer.errors import ConfigError, RunError
from explorer.files import write_atomically
from explorer.library import find_run
from explorer.palette import grey_tiles
from explorer.sheets import MOST_IMAGES, sheet_png


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The parser of `sample`."""
    sample = commands.add_parser("sample", help="a sheet of samples of the prior, the same as on the Sample page")
    sample.add_argument("run", metavar="RUN")
    sample.add_argument("--out", type=Path, required=True, metavar="FILE.png", help="is overwritten if it exists")
    sample.add_argument("--count", type=int, default=36, metavar="N", help=f"1 to {MOST_IMAGES:,}; by default 36")
    sample.add_argument("--seed", type=int, default=0, metavar="N", help="by default 0")
    sample.add_argument(
        "--temperature", type=float, default=1.0, metavar="T", help=f"scales the noise, 0 to {MOST_TEMPERATURE:g}"
    )
    sample.add_argument("--truncation", type=float, metavar="T", help="noise within ±T only; by default none")
    sample.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Write the sheet; prints where it is."""
    _refuse_out_of_range(options)
    target = find_run(options.run)

    from explorer.inference import Session  # imports torch, which a mistake does without

    session = Session(target)
    noise = draw_noise(options.seed, options.count, session.record.config.model.latent_dim, options.truncation)
    latents = Mixture.prior(noise.normals.shape[1]).draw(noise, options.temperature)
    images = grey_tiles(session.decode(latents))
    settings = {name: getattr(options, name) for name in ("seed", "temperature", "truncation")}
    about = json.dumps({"model": target.name, "source": "prior"} | settings)
    sheet = sheet_png(images, math.ceil(math.sqrt(options.count)), about)
    try:
        write_atomically(options.out, sheet)
    except OSError as error:
        raise RunError(f"{options.out} cannot be written ({error.strerror}); choose another --out.") from error
    print(options.out.absolute())
    return 0


def _refuse_out_of_range(options: argparse.Namespace) -> None:
    """Raises ConfigError for the first option that is out of range."""
    if not 1 <= options.count <= MOST_IMAGES:
        raise ConfigError(f"--count is 1 to {MOST_IMAGES:,}, not {options.count}.")
    if not 0 <= options.seed <= MOST_SEED:
        raise ConfigError(f"--seed is 0 to {MOST_SEED}, not {options.seed}.")
    if not 0 <= options.temperature <= MOST_TEMPERATURE:
        raise ConfigError(f"--temperature is 0 to {MOST_TEMPERATURE:g}, not {options.temperature:g}.")
    if options.truncation is not None and not options.truncation >= LEAST_TRUNCATION:
        raise ConfigError(f"--truncation is at least {LEAST_TRUNCATION:g}, not {options.truncation:g}.")
    if options.out.suffix.lower() != ".png":
        raise ConfigError(f"--out is a PNG file, sheet.png for instance, not {options.out}.")
