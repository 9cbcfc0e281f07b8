"""Perturbations cut to parts of the image, and the SSIM deficit taken as an explanation."""

from pathlib import Path

from ssimball.causal.curves import curve_rows, order_of, rows_without_curve
from ssimball.causal.restricted import Case, causal_rows, rows_without_values
from ssimball.config.causal import CausalConfig
from ssimball.models.classifier import load_classifier
from ssimball.overlap.grids import grid_of
from ssimball.overlap.stored_maps import read_cams, read_distortions
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.causal import CAUSAL, CURVES
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.images import decode_png, to_tensor
from ssimball.storage.status import has_stored_image
from ssimball.storage.tables import read_table, write_table

with job(snakemake) as running:
    device, seed = running.device, running.stage["seed"]
    settings = CausalConfig.model_validate(running.stage["causal"])
    work = {"batch_size": running.execution.batch_size, "device": device}
    classifier = load_classifier(running.model_settings(), device)
    wanted = ["image_id", "image_png", "margin"]
    clean = {
        row["image_id"]: row
        for row in read_table(Path(snakemake.input.clean), CLEAN, wanted).to_pylist()
    }
    wanted = ["image_id", "label", "status", "target", "adversarial_png"]
    attacked = read_table(Path(snakemake.input.attack), ATTACKS, wanted).to_pylist()
    cams = read_cams(Path(snakemake.input.cam))
    grid = grid_of(cams)
    deficits = read_distortions(Path(snakemake.input.distortions), ["deficit"])["deficit"]
    parts, curves = [], []
    what = f"causal {running.stage['attack']} {snakemake.wildcards.shard}"
    for row in running.progress(attacked, len(attacked), what):
        name, label = row["image_id"], row["label"]
        if not has_stored_image(row["status"]):
            parts += rows_without_values(name, label, settings.areas, row["status"])
            curves += rows_without_curve(name, label, "deficit", row["status"])
            continue
        image = to_tensor(decode_png(clean[name]["image_png"]))
        case = Case(
            image_id=name,
            label=label,
            target=row["target"],
            clean=image,
            stored=to_tensor(decode_png(row["adversarial_png"])),
            clean_margin=clean[name]["margin"],
            cam=cams[name],
        )
        parts += causal_rows(classifier, case, areas=settings.areas, seed=seed, **work)
        order = {"deficit": order_of(deficits[name], seed, name, "SSIM deficit")}
        curves += curve_rows(classifier, name, label, image, order, grid, settings, **work)
    origin = running.provenance(device)
    write_table(Path(snakemake.output.causal), CAUSAL, parts, origin)
    write_table(Path(snakemake.output.curves), CURVES, curves, origin)
