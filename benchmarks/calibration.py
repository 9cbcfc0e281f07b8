"""How often the test of the primary endpoint is wrong, on simulated maps; for coverage.py.

Maps of SSIM deficits and CAMs are drawn as 7 x 7 fields, measured by the library (rank correlation
on the grid, null of other images' CAMs), tested by sign flips and corrected by Holm's method.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from common import Rows
from scipy.ndimage import gaussian_filter

from ssimball.overlap.inputs import Maps
from ssimball.overlap.metric import SPEARMAN_CAM
from ssimball.overlap.table import OverlapSettings, overlaps
from ssimball.runtime.randomness import generator
from ssimball.statistics.inference import Inference
from ssimball.statistics.primary import PrimaryResult, primary_results

SIDE, ATTACKS = 7, ("a", "b", "c")
#: Replications by the number of images.
REPLICATIONS = {20: 500, 100: 250}
SETTINGS = Inference(confidence=0.95, resamples=999, seed=0, flips=1999)
#: Images of a class in the cases with classes.
OF_CLASS = 5
Array = np.ndarray


@dataclass(frozen=True)
class Fields:
    """The maps of one simulated run.

    Attributes:
        deficits: SSIM deficits of an image under each attack, (attacks, n, 7, 7).
        cams: (n, 7, 7).
    """

    deficits: Array
    cams: Array


Draw = Callable[[np.random.Generator, int], Fields]


def smooth(rng: np.random.Generator, *count: int) -> Array:
    """Draw fields of variance 1 whose neighbouring cells correlate by 0.78."""
    noise = rng.normal(size=(*count, SIDE, SIDE))
    axes = (len(count), len(count) + 1)
    fields = gaussian_filter(noise, 1.0, mode="wrap", axes=axes)
    return fields / fields.std()


def bumps(places: Array) -> Array:
    """Return Gaussian bumps of height 2.5 around places (..., 2), in cells."""
    cells = np.arange(SIDE)
    squared = (places[..., None] - cells) ** 2
    return 2.5 * np.exp(-(squared[..., 0, :, None] + squared[..., 1, None, :]) / 8)


CENTRE = bumps(np.full(2, SIDE // 2))


def _fields(rng: np.random.Generator, count: int) -> Fields:
    """Draw smooth fields; deficits of one image under two attacks correlate by 0.5."""
    shared, own = smooth(rng, count), smooth(rng, len(ATTACKS), count)
    return Fields((shared + own) / np.sqrt(2), smooth(rng, count))


def _biased(rng: np.random.Generator, of_deficits: Array, of_cams: Array) -> Fields:
    """Draw smooth fields and add a bias to the deficits and CAMs of each image, (n, 7, 7)."""
    fields = _fields(rng, len(of_cams))
    return Fields(fields.deficits + of_deficits, fields.cams + of_cams)


def independent_cells(rng: np.random.Generator, count: int) -> Fields:
    """Draw cells that are independent of each other."""
    maps = rng.normal(size=(len(ATTACKS) + 1, count, SIDE, SIDE))
    return Fields(maps[:-1], maps[-1])


def common_centre(rng: np.random.Generator, count: int) -> Fields:
    """Give all maps of all images the same bias towards the centre."""
    same = np.broadcast_to(CENTRE, (count, SIDE, SIDE))
    return _biased(rng, same, same)


def own_places(rng: np.random.Generator, count: int) -> Fields:
    """Give each map a bias around a place of its own."""
    places = rng.uniform(0, SIDE - 1, (2, count, 2))
    return _biased(rng, *bumps(places))


def own_strengths(rng: np.random.Generator, count: int) -> Fields:
    """Give each map a bias towards the centre, of a skewed strength of its own."""
    strengths = rng.exponential(size=(2, count, 1, 1))
    return _biased(rng, *(strengths * CENTRE))


def of_classes(rng: np.random.Generator, count: int) -> Fields:
    """Give the maps of a class a bias around a place, one for deficits and another for CAMs."""
    places = rng.uniform(0, SIDE - 1, (2, count // OF_CLASS, 2))
    return _biased(rng, *bumps(np.repeat(places, OF_CLASS, axis=1)))


def strengths_together(rng: np.random.Generator, count: int) -> Fields:
    """Give both maps of an image a bias towards the centre, of one strength."""
    strengths = rng.exponential(size=(count, 1, 1))
    return _biased(rng, strengths * CENTRE, strengths * CENTRE)


def following(rng: np.random.Generator, count: int) -> Fields:
    """Let deficits follow the CAM of their image a little, on top of a common centre."""
    fields = common_centre(rng, count)
    return replace(fields, deficits=fields.deficits + 0.15 * (fields.cams - CENTRE))


@dataclass(frozen=True)
class Case:
    """A way to draw maps.

    Attributes:
        draw: draws them.
        is_null: whether deficits and CAMs of an image are independent.
        by_class: whether classes are the units.
    """

    draw: Draw
    is_null: bool = True
    by_class: bool = False


CASES = {
    "independent cells": Case(independent_cells),
    "smooth fields": Case(_fields),
    "smooth, common centre": Case(common_centre),
    "smooth, a place of its own for each map": Case(own_places),
    "smooth, centre of a strength of its own for each map": Case(own_strengths),
    "classes alike, units: classes": Case(of_classes, by_class=True),
    "classes alike, units: images": Case(of_classes),
    "not null: centre of one strength for both maps": Case(strengths_together, is_null=False),
    "not null: deficits follow the CAM": Case(following, is_null=False),
}


def calibration() -> tuple[Rows, dict[str, dict[int, list[float]]]]:
    """Simulate every case.

    Returns:
        A row for each case and number of images; and the p-values by case and number of images.
    """
    rows: Rows = []
    p_values: dict[str, dict[int, list[float]]] = {}
    for name, case in CASES.items():
        for count, replications in REPLICATIONS.items():
            runs = [_run(name, case, count, number) for number in range(replications)]
            rows.append({"maps": name, "images": count, "runs": replications, **_rates(runs, case)})
            p_values.setdefault(name, {})[count] = [one.p for run in runs for one in run]
    return rows, p_values


def _run(name: str, case: Case, count: int, number: int) -> list[PrimaryResult]:
    """Draw the maps of a run, measure and test them."""
    fields = case.draw(generator(0, name, str(count), str(number)), count)
    ids = [f"{image:03d}" for image in range(count)]
    maps = Maps(
        cams=dict(zip(ids, fields.cams, strict=True)),
        masks={},
        textures=dict.fromkeys(ids, "no texture"),
        distortions={
            attack: {"deficit": dict(zip(ids, deficits, strict=True))}
            for attack, deficits in zip(ATTACKS, fields.deficits, strict=True)
        },
    )
    settings = OverlapSettings(top=0.2, null_draws=20, seed=number)
    primary = (one for one in overlaps(maps, settings) if one.metric == SPEARMAN_CAM)
    measured = pd.DataFrame(one.row() for one in primary)
    classes = {image: place // OF_CLASS for place, image in enumerate(ids)}
    inference = replace(SETTINGS, seed=number, classes=classes if case.by_class else None)
    return primary_results(measured, ATTACKS, (), inference)


def _rates(runs: list[list[PrimaryResult]], case: Case) -> dict[str, float]:
    found = [one for run in runs for one in run]
    effects = np.array([one.effect for one in found])
    truth = 0.0 if case.is_null else effects.mean()
    return {
        "effect": effects.mean(),
        "p <= 0.05": np.mean([one.p <= 0.05 for one in found]),
        "p <= 0.01": np.mean([one.p <= 0.01 for one in found]),
        "any Holm p < 0.05": np.mean([min(one.p_holm for one in run) < 0.05 for run in runs]),
        "coverage": np.mean([one.ci_low <= truth <= one.ci_high for one in found]),
    }
