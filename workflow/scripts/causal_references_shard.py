"""Compute deletion and insertion curves of the CAM and of a random order.

Reads the clean table and the CAMs of a shard. Writes the table of reference curves.
"""

from pathlib import Path

from ssimball.causal.interface import CausalTest
from ssimball.causal.shard import read_clean, reference_curves_shard
from ssimball.config.stages.causal import CausalReferencesStage
from ssimball.models.classifier import load_classifier
from ssimball.overlap.stored_maps import read_cams
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.causal import REFERENCE_CURVES
from ssimball.storage.tables import write_table

with job(snakemake, CausalReferencesStage) as running:
    device = running.device
    test = CausalTest(
        model=load_classifier(running.with_local_weights(running.stage.model), device),
        settings=running.stage.causal,
        seed=running.stage.seed,
        batch_size=running.execution.batch_size,
        device=device,
    )
    images = read_clean(Path(snakemake.input.clean))
    progress = running.report_progress(
        images, len(images), f"causal references {snakemake.wildcards.shard}"
    )
    curves = reference_curves_shard(test, progress, read_cams(Path(snakemake.input.cam)))
    rows = [curve.row() for curve in curves]
    write_table(Path(snakemake.output[0]), REFERENCE_CURVES, rows, running.provenance(device))
