"""Compute deletion and insertion curves of an attack's SSIM deficit.

Reads the clean table, the attack's table and its distortions of a shard. Writes the table of
curves.
"""

from pathlib import Path

from ssimball.causal.interface import CausalTest
from ssimball.causal.shard import deficit_curves_shard, read_attacked
from ssimball.config.stages.causal import CausalStage
from ssimball.models.classifier import load_classifier
from ssimball.overlap.stored_maps import read_distortions
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.causal import CURVES
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
    progress = running.report_progress(images, len(images), description)
    distortions = read_distortions(Path(snakemake.input.distortions), ["deficit"])
    curves = deficit_curves_shard(test, progress, distortions["deficit"])
    rows = [curve.row() for curve in curves]
    write_table(Path(snakemake.output[0]), CURVES, rows, running.provenance(device))
