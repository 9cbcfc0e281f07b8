"""Does the fall of the margin under noise in regions depend on how noise and regions are made?

``python benchmarks/region_noise.py results/study region_noise_variants.parquet`` reads the clean
images and maps of a finished run and changes one thing at a time: the noise (not clipped, rounded,
grey, weaker) or the regions (fewer cells, pixels in place of cells, another gradient). The first
variant repeats the run.
"""

import argparse
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import yaml
from common import as_in_a_job
from numpy.typing import NDArray
from torch import Tensor

from ssimball.attacks.interface import loss_gradient
from ssimball.causal.cells import cell_count, largest_first, members, pixels_of
from ssimball.causal.shard import CleanImage, read_clean
from ssimball.config.study import StudyConfig, load_study
from ssimball.models.classifier import Classifier, load_classifier
from ssimball.models.logits import margin
from ssimball.overlap.grids import pool_to_grid
from ssimball.overlap.stored_maps import read_cams
from ssimball.storage.images import decode_png, to_tensor

Map = NDArray[np.float64]
#: Names of the regions, as in region_noise.parquet.
TOP, GRADIENT, RANDOM, BOTTOM = "top_cam", "top_gradient", "random", "bottom_cam"
RANDOM_SETS = 5


@dataclass(frozen=True)
class Photograph:
    """A correctly classified image and its maps.

    Attributes:
        name: its identifier.
        label: int64 (1,).
        pixels: float64 (3, H, W) in [0, 1].
        cam: (h, w).
        gradient: absolute gradient of the margin, summed over channels, (H, W).
        entropy: the same of the cross-entropy.
        draw: normal noise, (3, H, W).
        rng: decides random regions.
    """

    name: str
    label: Tensor
    pixels: Tensor
    cam: Map
    gradient: Map
    entropy: Map
    draw: Map
    rng: np.random.Generator


def clipped(image: Photograph, sigma: float) -> Tensor:
    """Return the image with noise, clipped to [0, 1] and not rounded, as the study does."""
    return unclipped(image, sigma).clamp(0, 1)


def unclipped(image: Photograph, sigma: float) -> Tensor:
    """Return the image with noise, also beyond [0, 1]."""
    return image.pixels + sigma * torch.from_numpy(image.draw)


def grey(image: Photograph, sigma: float) -> Tensor:
    """Return the image with the same noise in all channels."""
    return (image.pixels + sigma * torch.from_numpy(image.draw[:1])).clamp(0, 1)


#: Noise by name; regions are those of the study.
NOISES: Mapping[str, Callable[[Photograph], Tensor]] = {
    "as in the study": lambda image: clipped(image, 0.2),
    "not clipped": lambda image: unclipped(image, 0.2),
    "rounded to 8 bits": lambda image: (clipped(image, 0.2) * 255).round() / 255,
    "the same in all channels": lambda image: grey(image, 0.2),
    "sigma 0.1 (0.2 on the network's scale)": lambda image: clipped(image, 0.1),
    "sigma 0.15": lambda image: clipped(image, 0.15),
}


def cells(image: Photograph, count: int | None = None) -> Iterator[tuple[str, Tensor]]:
    """Yield the regions of the study: cells of the CAM's grid."""
    size = (image.pixels.shape[-2], image.pixels.shape[-1])
    grid, total = (image.cam.shape[0], image.cam.shape[1]), image.cam.size
    count = count or cell_count(0.2, total)
    by_cam = largest_first(image.cam, 0, image.name)
    by_gradient = largest_first(pool_to_grid(image.gradient, size, grid), 0, image.name)
    orders = [(TOP, by_cam[:count]), (GRADIENT, by_gradient[:count]), (BOTTOM, by_cam[-count:])]
    orders += [(RANDOM, image.rng.permutation(total)[:count]) for _ in range(RANDOM_SETS)]
    for name, order in orders:
        yield name, pixels_of(members(order, grid), size)


def entropy_cells(image: Photograph) -> Iterator[tuple[str, Tensor]]:
    """Yield the cells where the gradient of the cross-entropy is largest."""
    size = (image.pixels.shape[-2], image.pixels.shape[-1])
    grid = (image.cam.shape[0], image.cam.shape[1])
    order = largest_first(pool_to_grid(image.entropy, size, grid), 0, image.name)
    yield GRADIENT, pixels_of(members(order[: cell_count(0.2, image.cam.size)], grid), size)


def pixels(image: Photograph) -> Iterator[tuple[str, Tensor]]:
    """Yield a fifth of the pixels: by the enlarged CAM, by the gradient of a pixel, at random."""
    size = (image.pixels.shape[-2], image.pixels.shape[-1])
    cam = torch.from_numpy(image.cam)[None, None]
    enlarged = torch.nn.functional.interpolate(cam, size, mode="bilinear")[0, 0]
    count = enlarged.numel() // 5
    values = {TOP: enlarged, BOTTOM: -enlarged, GRADIENT: torch.from_numpy(image.gradient)}
    values[RANDOM] = torch.from_numpy(image.rng.random(size))
    for name, value in values.items():
        chosen = torch.zeros(value.numel(), dtype=torch.bool)
        chosen[value.flatten().argsort(descending=True)[:count]] = True
        yield name, chosen.reshape(size)


#: Regions by name; the noise is that of the study.
REGIONS: Mapping[str, Callable[[Photograph], Iterator[tuple[str, Tensor]]]] = {
    "9 cells in place of 10": lambda image: cells(image, 9),
    "gradient of the cross-entropy": entropy_cells,
    "a fifth of the pixels, CAM enlarged, gradient by pixel": pixels,
}


def read_photographs(run: Path, study: StudyConfig, model: Classifier) -> Iterator[Photograph]:
    """Yield the correctly classified images of a run in their order."""
    for clean in sorted((run / "clean").glob("*.parquet")):
        cams = read_cams(run / "explanations" / "cam" / clean.name)
        for image in read_clean(clean):
            cam = cams[image.image_id]
            if image.correct and not isinstance(cam, str):
                yield _photograph(image, cam, model, study.seed)


def _photograph(image: CleanImage, cam: Map, model: Classifier, seed: int) -> Photograph:
    assert image.png is not None
    at = to_tensor(decode_png(image.png)).double()
    label = torch.tensor([image.label])
    gradient, entropy = (
        loss_gradient(model, at[None], label, loss)[0].double().abs().sum(0).numpy()
        for loss in ("margin", "cross_entropy")
    )
    rng = np.random.default_rng([seed, zlib.crc32(image.image_id.encode())])
    draw = rng.standard_normal(tuple(at.shape))
    return Photograph(image.image_id, label, at, cam, gradient, entropy, draw, rng)


@torch.no_grad()
def falls(image: Photograph, model: Classifier) -> Iterator[dict[str, object]]:
    """Yield the fall of the margin for every variant and region of an image."""

    def fall(noisy: Tensor, inside: Tensor) -> float:
        at = torch.where(inside, noisy, image.pixels)
        logits = model(torch.stack([image.pixels, at])).double()
        clean, left = margin(logits, image.label.expand(2)).tolist()
        return float(clean - left)

    own = list(cells(image))
    variants = [(name, noise(image), own) for name, noise in NOISES.items()]
    usual = clipped(image, 0.2)
    variants += [(name, usual, list(regions(image))) for name, regions in REGIONS.items()]
    for variant, noisy, regions in variants:
        for region, inside in regions:
            found = {"variant": variant, "region": region, "margin_fall": fall(noisy, inside)}
            yield {"image_id": image.name, **found}


def main() -> None:
    """Measure all variants on a run and write the falls, a row per image, variant and region."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a finished run")
    parser.add_argument("target", type=Path, help="the Parquet file to write")
    arguments = parser.parse_args()
    study = load_study(yaml.safe_load((arguments.run / "config.yaml").read_text("utf-8")))
    model = load_classifier(study.model)
    rows = [
        row
        for image in read_photographs(arguments.run, study, model)
        for row in falls(image, model)
    ]
    keys = ["variant", "image_id", "region"]
    table = pd.DataFrame(rows).groupby(keys, sort=False)["margin_fall"].mean().round(4)
    table.reset_index().to_parquet(arguments.target, index=False)


if __name__ == "__main__":
    as_in_a_job()
    main()
