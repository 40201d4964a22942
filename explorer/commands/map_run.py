"""`map`: the UMAP map of a run's latents, computed once and stored with it."""

import argparse

from tqdm import tqdm

from explorer.library import find_run
from explorer.map_files import MapStatus
from explorer.projection import UmapConfig
from explorer.stored_maps import StoredMap


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The parser of `map`."""
    parser = commands.add_parser("map", help="lay the latents of a run's test images out on a plane, by UMAP")
    parser.add_argument("run", metavar="RUN")
    for name, field in UmapConfig.model_fields.items():
        flag = f"--{name.replace('_', '-')}"
        parser.add_argument(flag, metavar="VALUE", help=f"{field.description}; by default {field.default}")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Compute and store the map; prints what it is and how many labels it keeps together."""
    config = UmapConfig.parse({n: v for n in UmapConfig.model_fields if (v := getattr(options, n)) is not None})
    target = find_run(options.run)
    stored = StoredMap(target, config)
    with MapBar() as bar:
        points = stored.compute(bar.show)

    from explorer.latent import LatentSpace
    from explorer.maps import umap_title
    from explorer.neighbours import VOTERS, leave_one_out_accuracy  # imports torch, which a refusal does without

    space = LatentSpace.from_arrays(target.read_latents(), target.read_record().data)
    print(umap_title(config, len(points)))
    if space.labels is not None:
        accuracies = [leave_one_out_accuracy(each, space.labels) for each in (space.mean, points)]
        shares = " of the latents, ".join(f"{share:.1%}" for share in accuracies)
        print(f"accuracy of the {VOTERS} nearest others' majority: {shares} of the map")
    print(stored.path)
    return 0


class MapBar:
    """A bar over the epochs of the layout."""

    def __enter__(self) -> "MapBar":
        self.bar = tqdm(total=100, desc="map", disable=None, bar_format="{l_bar}{bar}| {postfix}")
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def show(self, status: MapStatus) -> None:
        """Follow `status`."""
        self.bar.n = round(100 * status.progress)
        self.bar.set_postfix_str(status.message)
