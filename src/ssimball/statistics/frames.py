"""From columns with missing values to complete samples, in batches of the same images."""

from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

import numpy as np
import pandas as pd

from ssimball.statistics.inference import Inference
from ssimball.statistics.units import Array

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")
#: From samples (k, n) and the classes of the n images, sorted by id, k results.
Measure = Callable[[Array, list[object] | None], list[Result]]


def by_images(
    columns: Mapping[Key, pd.Series], inference: Inference, measure: Measure[Result]
) -> dict[Key, Result]:
    """Measure each column over the images that it has; columns with the same images together.

    Args:
        columns: values by image id; NaN where there is none.
        inference: says whether images or classes are the units.
        measure: from the samples of a batch to a result for each.

    Returns:
        Results in the order of the columns.
    """
    complete = {key: column.dropna().sort_index() for key, column in columns.items()}
    batches: dict[tuple[str, ...], list[Key]] = {}
    for key, column in complete.items():
        batches.setdefault(tuple(column.index), []).append(key)
    results: dict[Key, Result] = {}
    for images, keys in batches.items():
        samples = np.stack([complete[key].to_numpy(np.float64) for key in keys])
        results |= zip(keys, measure(samples, inference.clusters(images)), strict=True)
    return {key: results[key] for key in columns}
