"""From columns with gaps to samples without, a batch for each set of images."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from ssimball.statistics.units import Array

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


def by_images(
    columns: Mapping[Key, pd.Series],
    classes: Mapping[str, object] | None,
    measure: Callable[[Array, Any], list[Result]],
) -> dict[Key, Result]:
    """Measure columns over the images that each has, those with the same images together.

    Args:
        columns: values by image id; NaN where there is none.
        classes: the class of each image.
        measure: of samples (k, n) and the classes of the n images, sorted by id; k results.

    Returns:
        In the order of the columns.
    """
    known = {key: column.dropna().sort_index() for key, column in columns.items()}
    batches: dict[tuple[str, ...], list[Key]] = {}
    for key, column in known.items():
        batches.setdefault(tuple(column.index), []).append(key)
    found: dict[Key, Result] = {}
    for images, keys in batches.items():
        samples = np.stack([known[key].to_numpy(np.float64) for key in keys])
        clusters = None if classes is None else [classes[image] for image in images]
        found |= zip(keys, measure(samples, clusters), strict=True)
    return {key: found[key] for key in columns}
