"""`sample`: a sheet of images decoded from draws of the prior, as one PNG."""

import argparse
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.draws import LEAST_TRUNCATION, MOST_SEED, MOST_TEMPERATURE, Mixture, draw_noise
from explorer.errors import ConfigError, RunError
from explorer.files import write_atomically
from explorer.library import find_run
from explorer.palette import grey_tiles
from explorer.runs import Run
from explorer.sheets import MOST_IMAGES, sheet_png

AT_ONCE = 64  # code maps that are drawn side by side
Floats = NDArray[np.float32]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The parser of `sample`."""
    sample = commands.add_parser("sample", help="a sheet of samples of the prior, the same as on the Sample page")
    sample.add_argument("run", metavar="RUN")
    sample.add_argument("--out", type=Path, required=True, metavar="FILE.png", help="is overwritten if it exists")
    sample.add_argument("--count", type=int, default=36, metavar="N", help=f"1 to {MOST_IMAGES:,}; by default 36")
    sample.add_argument("--seed", type=int, default=0, metavar="N", help="by default 0")
    sample.add_argument(
        "--temperature",
        type=float,
        default=1.0,
        metavar="T",
        help=f"scales the noise, 0 to {MOST_TEMPERATURE:g}; for codes at least 0.1",
    )
    sample.add_argument("--truncation", type=float, metavar="T", help="of a VAE: noise within ±T only; by default none")
    sample.add_argument(
        "--top-k", type=int, metavar="K", help="of a VQ-VAE: only the K likeliest codes; by default all"
    )
    sample.add_argument("--class", dest="label", metavar="NAME|N", help="of a VQ-VAE: of this class only")
    sample.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Write the sheet; prints where it is."""
    _refuse_out_of_range(options)
    target = find_run(options.run)
    has_codes = target.read_record().config.has_codes
    _refuse_of_others(options, has_codes=has_codes)
    images, settings = (_from_codes if has_codes else _from_latents)(target, options)
    about = json.dumps({"model": target.name, "source": "prior", "seed": options.seed} | settings)
    sheet = sheet_png(grey_tiles(images), math.ceil(math.sqrt(options.count)), about)
    try:
        write_atomically(options.out, sheet)
    except OSError as error:
        raise RunError(f"{options.out} cannot be written ({error.strerror}); choose another --out.") from error
    print(options.out.absolute())
    return 0


def _from_latents(target: Run, options: argparse.Namespace) -> tuple[Floats, dict[str, Any]]:
    """Images (N, H, W) of a VAE, and what they were drawn with."""
    from explorer.inference import Session  # imports torch, which a mistake does without

    session = Session(target)
    noise = draw_noise(options.seed, options.count, session.record.config.latent_dim, options.truncation)
    latents = Mixture.prior(noise.normals.shape[1]).draw(noise, options.temperature)
    return session.decode(latents), {name: getattr(options, name) for name in ("temperature", "truncation")}


def _from_codes(target: Run, options: argparse.Namespace) -> tuple[Floats, dict[str, Any]]:
    """The same of a VQ-VAE."""
    label = _class_index(options.label, target.read_record().data.label_names)

    import torch

    from explorer.ancestral import Draws
    from explorer.code_inference import CodeSession

    session, parts = CodeSession(target), []
    for first in range(0, options.count, AT_ONCE):
        count = min(AT_ONCE, options.count - first)
        draws = Draws(
            count,
            options.seed,
            first=first,
            temperature=options.temperature,
            top_k=options.top_k or 0,
            labels=None if label is None else torch.full((count,), label),
        )
        parts.append(session.decode(session.sample_codes(draws)))
    settings = {"temperature": options.temperature, "top_k": options.top_k, "class": options.label}
    return np.concatenate(parts), settings


def _class_index(given: str | None, names: tuple[str, ...]) -> int | None:
    """The class of this name, or else of this number, counted from 0. Raises ConfigError."""
    if given is None:
        return None
    if given in names:
        return names.index(given)
    if given.isdecimal() and int(given) < len(names):
        return int(given)
    known = f"choose one of {', '.join(names)}" if names else "this run has none, so leave it out"
    raise ConfigError(f"There is no --class {given!r}; {known}.")


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
    if options.top_k is not None and options.top_k < 1:
        raise ConfigError(f"--top-k is at least 1, not {options.top_k}.")
    if options.out.suffix.lower() != ".png":
        raise ConfigError(f"--out is a PNG file, sheet.png for instance, not {options.out}.")


def _refuse_of_others(options: argparse.Namespace, *, has_codes: bool) -> None:
    """Raises ConfigError for the first option that this kind of model has no use for."""
    others = {"--truncation": options.truncation} if has_codes else {"--top-k": options.top_k, "--class": options.label}
    for flag, value in others.items():
        if value is not None:
            ours, theirs = ("VQ-VAE", "VAE") if has_codes else ("VAE", "VQ-VAE")
            raise ConfigError(f"{flag} is for a {theirs}, and {options.run} is a {ours}; leave it out.")
