"""Splits for sets that do not come with all of theirs: seeded, by subject, the same part of every class."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.image_set import Split

SPLIT_SEED = 0


def split_by_group(groups: NDArray[np.int64], strata: NDArray[np.int64], pattern: Sequence[Split]) -> NDArray[np.str_]:
    """A split for each of N images, the same for all images of a group.

    The groups, ordered by stratum and shuffled within it, take the splits of `pattern` in turn. The
    result depends on the names of the groups and not on the order of the rows.

    Args:
        groups: (N,), whose image it is; no group is divided.
        strata: (N,), its class; a group counts in its lowest one.
        pattern: ("validation", "train", "train", "train", "train") is one fifth for validation.
    """
    names, member = np.unique(groups, return_inverse=True)
    stratum = np.full(len(names), strata.max())
    np.minimum.at(stratum, member, strata)
    shuffled = np.random.default_rng(SPLIT_SEED).permutation(len(names))
    order = shuffled[np.argsort(stratum[shuffled], kind="stable")]
    split = np.empty(len(names), dtype=f"<U{max(map(len, pattern))}")
    split[order] = np.resize(np.array(pattern), len(names))
    return split[member]
