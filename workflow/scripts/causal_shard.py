"""Restrict perturbations to parts of the image, and judge the SSIM deficit as an explanation.

Reads the clean table, the attack's table, its distortions and the CAMs of a shard. Writes the table
of the causal test and the table of curves.
"""

from pathlib import Path

from ssimball.causal.interface import CausalTest
from ssimball.causal.shard import causal_shard, read_attacked
from ssimball.config.stages.causal import CausalStage
from ssimball.models.classifier import load_classifier
from ssimball.overlap.stored_maps import read_cams, read_distortions
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.causal import CAUSAL, CURVES
from ssimball.storage.tables import write_table

with job(snakemake, CausalStage) as running:
    device = running.device
    test = CausalTest(
        model=load_classifier(running.with_local_weights(running.stage.model), device),
        settings=running.stage.causal,
        seed=running.stage.seed,
        batch_size=running.execution.batch_size,
        device=device,
    )
    images = read_attacked(Path(snakemake.input.clean), Path(snakemake.input.attack))
    description = f"causal {running.stage.attack} {snakemake.wildcards.shard}"
    results = causal_shard(
        test,
        running.report_progress(images, len(images), description),
        cams=read_cams(Path(snakemake.input.cam)),
        deficits=read_distortions(Path(snakemake.input.distortions), ["deficit"])["deficit"],
    )
    origin = running.provenance(device)
    outcomes = [outcome.row() for outcome in results.outcomes]
    write_table(Path(snakemake.output.causal), CAUSAL, outcomes, origin)
    curves = [curve.row() for curve in results.curves]
    write_table(Path(snakemake.output.curves), CURVES, curves, origin)
