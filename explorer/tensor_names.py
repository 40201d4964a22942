"""What others call the tensors of a VAE: renamed as the user says, then from the usual tutorial names to ours.

A tutorial's MLP is known by what its layers are called and by their order:

    fc1  fc21, fc22  fc3  fc4                        fc_mu, fc_logvar, mu, log_var, fc_mean, fc_var, ... the heads
    encoder.0  fc_mu, fc_logvar  decoder.0  decoder.2      any numbers, and the heads in one layer, mean first
"""

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from explorer.errors import ConfigError, RunError

WRAPPERS = ("module.", "_orig_mod.", "model.", "vae.", "net.")  # DataParallel, torch.compile, modules that hold the VAE
_ENCODER = r"(?:enc(?:oder)?[._])?"
_PREFIX = r"(?:(?:fc|linear|lin|z|to)_?)?"
MEAN = re.compile(rf"{_ENCODER}(?:fc\d1|{_PREFIX}(?:mu|mean))")
LOG_VARIANCE = re.compile(rf"{_ENCODER}(?:fc\d2|{_PREFIX}(?:log_?var(?:iance)?|var))")
NUMBERED = re.compile(r"(?:fc|linear|lin|layer|dense)_?\d*")
OURS_WITH_PROJECTION = ["encoder.1", "encoder.3", "encoder.4"]
ROLES = {
    "fc1": "image to hidden units",
    "fc_mu": "hidden units to mean",
    "fc_logvar": "hidden units to log variance",
    "fc3": "latent to hidden units",
    "fc4": "hidden units to image",
}
Sources = dict[str, tuple[str, ...]]  # our name -> the names whose tensors, one above the other, it is


@dataclass(frozen=True)
class Match:
    """Which tensors make which of ours, and the tutorial names of those that are not there."""

    sources: Sources
    missing: tuple[str, ...] = ()


def parse_renames(lines: Iterable[str]) -> dict[str, str]:
    """Lines "old=new" as a mapping; empty ones are left out. Raises ConfigError."""
    renames: dict[str, str] = {}
    for line in filter(None, map(str.strip, lines)):
        old, equals, new = (part.strip().strip(".") for part in line.partition("="))
        if not equals or not old or old in renames:
            raise ConfigError(f"--map takes old=new, each old name once, not {line!r}.")
        renames[old] = new
    return renames


def renamed(names: Iterable[str], renames: Mapping[str, str]) -> dict[str, str]:
    """Name without its wrappers, changed by `renames` -> name in the file.

    An old name is one in the file, with its wrappers or without, or what stands there before a dot.
    Raises RunError for a rename that meets nothing, and for two tensors that would get one name.
    """
    pairs = _unwrapped([(name, name) for name in names])
    for old in renames:
        if not any(_is_part(old, name) for pair in pairs for name in pair):
            raise RunError(
                f"--map {old}={renames[old]} meets nothing; there are {listed([name for _, name in pairs])}."
            )
    result: dict[str, str] = {}
    for new, name in _unwrapped([(_renamed(short, name, renames), name) for short, name in pairs]):
        if new in result:
            raise RunError(f"{result[new]} and {name} would both be {new or 'nameless'}; change --map.")
        result[new] = name
    return result


def match_mlp(names: Collection[str], *, projection: bool) -> Match:
    """Match the layers of somebody's MLP VAE to ours; with `projection` a second encoder layer is the linear one.

    Raises RunError for a network of another depth.
    """
    modules = sorted((name.removesuffix(".weight") for name in names if name.endswith(".weight")), key=_natural)
    sources = {
        f"{ours}.{part}": tuple(f"{module}.{part}" for module in theirs)
        for ours, theirs in _layers(modules, projection).items()
        for part in ("weight", "bias")
    }
    return Match(sources, tuple(name for parts in sources.values() for name in parts if name not in names))


def match_own(names: Collection[str], expected: Iterable[str]) -> Match:
    """Match names that are ours already."""
    sources: Sources = {name: (name,) for name in expected}
    return Match(sources, tuple(name for name in sources if name not in names))


def describe_missing(missing: Sequence[str], left: Sequence[str]) -> str:
    """What is not there, what is left over and nearest to it, and how to say that it is meant."""
    parts = [f"{name} ({role})" if (role := ROLES.get(layer_of(name))) else name for name in missing]
    near = list(dict.fromkeys(each for name in missing for each in difflib.get_close_matches(name, left, 2, 0.0)))
    if not near:
        return f"{listed(parts)} missing, and no tensor is left over; save the whole state dict."
    return (
        f"{listed(parts)} missing; nearest of what is left over: {listed(near)}. "
        f"If that is what is meant, give --map {layer_of(near[0])}={layer_of(missing[0])}."
    )


def listed(names: Sequence[str], most: int = 6) -> str:
    """ "a, b, c and 4 more", or "nothing"."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown or "nothing"


def layer_of(name: str) -> str:
    """ "fc1" of "fc1.weight"."""
    return name.rsplit(".", 1)[0]


def _unwrapped(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs without the wrappers that all of their first names begin with."""
    while wrapper := next((each for each in WRAPPERS if all(new.startswith(each) for new, _ in pairs)), None):
        pairs = [(new.removeprefix(wrapper), name) for new, name in pairs]
    return pairs


def _renamed(short: str, name: str, renames: Mapping[str, str]) -> str:
    """`short` or `name` with the longest of the old names that it is, or begins with up to a dot, replaced."""
    for each in (name, short):
        old = max((old for old in renames if _is_part(old, each)), key=len, default=None)
        if old:
            return (renames[old] + each[len(old) :]).strip(".")
    return short


def _is_part(old: str, name: str) -> bool:
    return f"{name}.".startswith(f"{old}.")


def _layers(modules: Sequence[str], projection: bool) -> dict[str, list[str]]:
    """The layers of theirs that each of ours is, by the tutorial's name where there is none."""
    mean = next((module for module in modules if MEAN.fullmatch(module)), None)
    log_variance = next((module for module in modules if LOG_VARIANCE.fullmatch(module)), None)
    encoder, decoder = _sides([module for module in modules if module not in (mean, log_variance)])
    heads = [mean or "fc_mu", log_variance or "fc_logvar"]
    if (mean is None) != (log_variance is None):
        encoder = encoder[:1]  # the other head may be among the rest
    elif mean is None and len(encoder) > 1:
        projection |= encoder == OURS_WITH_PROJECTION
        encoder, heads = encoder[:-1], encoder[-1:]
    if len(encoder) > 1 + projection or len(decoder) > 2:
        raise RunError(
            f"This network has {listed(encoder)} before its heads and {listed(decoder)} after them, where one hidden "
            "layer on each side is known: it is another network, or a tensor that is no part of it needs --map."
        )
    first, *linear = encoder or ["fc1"]
    hidden, last = decoder if len(decoder) == 2 else ["fc3", "fc4"]
    inner = {"encoder.3": linear, "encoder.4": heads} if linear else {"encoder.3": heads}
    return {"encoder.1": [first], **inner, "decoder.0": [hidden], "decoder.2": [last]}


def _sides(modules: Sequence[str]) -> tuple[list[str], list[str]]:
    """The layers of the encoder and of the decoder, by their prefix or else by their number."""
    encoder = [module for module in modules if module.startswith("enc")]
    decoder = [module for module in modules if module.startswith("dec")]
    numbered = sorted(filter(NUMBERED.fullmatch, modules), key=lambda module: _natural(module)[1:])
    if encoder:
        return encoder, decoder + numbered
    if decoder:
        return numbered, decoder
    if len(numbered) < 3:  # some are missing, so that their order says nothing
        return [each for each in numbered if each == "fc1"], [each for each in numbered if each != "fc1"]
    return numbered[:-2], numbered[-2:]


def _natural(name: str) -> list[tuple[int, str]]:
    """A key that puts fc10 after fc9."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", name)]
