"""ImageNet's scale: what jobs that are single for the run take, and what planning reads.

``python benchmarks/scale.py [images] [folder]``; part of ``make benchmark``, which writes
benchmarks/scale.md and scale.parquet for up to 10,000 images. What the folder holds of an earlier,
perhaps stopped, call is used again. A run of few photographs is made first. Its stored tables are
multiplied, see benchmarks/scale_shards.py, so that the jobs that are single for the run can be run
by the workflow as they would be on so many images, with shards as of config/imagenet.yaml. Where
SSIMBALL_SAMPLE names a folder of photographs, a run of 5,000 images is forecast from pilots, and
the forecast of a run of 40 is compared with what that took.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from common import Rows, weights_given, write
from photographs import ROOT
from scale_forecast import CHECKING, IMAGES, PILOTS, by_rule, checked, on_nodes, whole_run
from scale_hashing import bookkeeping
from scale_runs import arguments, at_scale, prepared, small_run
from scale_texts import CHECK, FEW, LOGIN, MEMORY, NODES, RUN, SECONDS, texts

from ssimball.pipeline.usage import JobUsage
from ssimball.runtime.environment import prepare_environment

#: Numbers of images, all multiples of the number of classes.
STEPS, DEFAULT, IMAGENET_IMAGES = (1000, 5000), 10_000, 50_000


def growth(by_images: dict[int, list[JobUsage]], quantity: str) -> Rows:
    """Return a quantity of each job by number of images, the largest first.

    Where ImageNet's number was not measured, it is on a line through the last two that were.
    """
    rules = {job.rule: None for usage in by_images.values() for job in usage}
    rows = []
    for rule in rules:
        values = {
            images: float(getattr(job, quantity))
            for images, usage in sorted(by_images.items())
            for job in usage
            if job.rule == rule
        }
        row: dict[str, object] = {"job": rule}
        row |= {f"{images:,}": values.get(images) for images in sorted(by_images)}
        *lower, (high, last) = values.items()
        if lower and high < IMAGENET_IMAGES:
            low, first = lower[-1]
            last += max(0.0, (last - first) / (high - low)) * (IMAGENET_IMAGES - high)
            row[f"{IMAGENET_IMAGES:,}, on a line"] = last
        rows.append((last, row))
    return [row for _, row in sorted(rows, key=lambda pair: -pair[0])]


def login_rows(kept: dict[str, Any], images: int) -> Rows:
    """Return what is stored and read, by number of images."""
    quantities = {
        "tables of shards": kept["tables of shards"],
        "all tables, GB": 1e3 * kept["hashed"]["tables"],
        "hashed by jobs, GB": 1e3 * kept["hashed"]["jobs"],
        "hashed by Snakemake alone, GB": 1e3 * kept["hashed"]["alone"],
    }
    rows: Rows = [
        {
            "quantity": name,
            f"{images:,} images": value,
            f"{IMAGENET_IMAGES:,}, in proportion": value * IMAGENET_IMAGES / images,
        }
        for name, value in quantities.items()
    ]
    read = kept["recording"]["read"] / 1e3
    return [*rows, {"quantity": "read by Snakemake here, GB", f"{images:,} images": read}]


def forecast_tables(folder: Path) -> dict[str, Rows]:
    """Forecast the run of config/imagenet.yaml, and check a forecast of a run that was made."""
    runs = {number: small_run(folder, number) for number in {*PILOTS, *CHECKING}}
    whole = folder / "whole"
    overlay = prepared(whole, IMAGES)
    table = whole_run([runs[number] for number in PILOTS], arguments(whole, overlay))
    first = PILOTS[0]
    again = arguments(folder, folder / f"photographs_{first}.yaml")
    few = [runs[number] for number in CHECKING]
    return {
        RUN: by_rule(table),
        NODES: on_nodes(table),
        CHECK: checked(few, runs[first], again),
    }


def main(images: int, folder: Path) -> None:
    """Measure and write the page."""
    prepare_environment(ROOT / "src")
    source = small_run(folder, FEW)
    steps = sorted({*STEPS, images} - {step for step in STEPS if step > images})
    by_images = {step: at_scale(folder / f"of_{step}", source, step) for step in steps}
    kept = bookkeeping(folder / f"of_{steps[0]}", source)
    tables: dict[str, Rows] = {
        MEMORY: growth(by_images, "memory_mib"),
        SECONDS: growth(by_images, "cpu_seconds"),
        LOGIN: login_rows(kept, steps[0]),
    }
    if weights_given() is not None:
        tables |= forecast_tables(folder)
    write("scale", "The scale of ImageNet", tables, texts(kept, steps[0], images))


if __name__ == "__main__":
    number = int(sys.argv[1]) if sys.argv[1:] else DEFAULT
    with tempfile.TemporaryDirectory() as temporary:
        main(number, Path(sys.argv[2] if sys.argv[2:] else temporary).resolve())
