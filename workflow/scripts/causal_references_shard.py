"""Deletion and insertion curves of the CAM and of a random order."""

from pathlib import Path

from ssimball.causal.cells import random_order
from ssimball.causal.curves import curve_rows, order_of, rows_without_curve
from ssimball.config.causal import CausalConfig
from ssimball.models.classifier import load_classifier
from ssimball.overlap.grids import grid_of
from ssimball.overlap.stored_maps import read_cams
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.causal import REFERENCE_CURVES
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.images import decode_png, to_tensor
from ssimball.storage.status import set_aside
from ssimball.storage.tables import read_table, write_table

with job(snakemake) as running:
    device, seed = running.device, running.stage["seed"]
    settings = CausalConfig.model_validate(running.stage["causal"])
    work = {"batch_size": running.execution.batch_size, "device": device}
    classifier = load_classifier(running.model_settings(), device)
    wanted = ["image_id", "label", "status", "correct", "image_png"]
    clean = read_table(Path(snakemake.input.clean), CLEAN, wanted).to_pylist()
    cams = read_cams(Path(snakemake.input.cam))
    grid, rows = grid_of(cams), []
    what = f"causal references {snakemake.wildcards.shard}"
    for row in running.progress(clean, len(clean), what):
        name, label = row["image_id"], row["label"]
        if not row["correct"]:
            why = set_aside(row["status"])
            for order in ("cam", "random"):
                rows += rows_without_curve(name, label, order, why)
            continue
        orders = {
            "cam": order_of(cams[name], seed, name, "CAM"),
            "random": random_order(grid[0] * grid[1], seed, name),
        }
        image = to_tensor(decode_png(row["image_png"]))
        rows += curve_rows(classifier, name, label, image, orders, grid, settings, **work)
    write_table(Path(snakemake.output[0]), REFERENCE_CURVES, rows, running.provenance(device))
