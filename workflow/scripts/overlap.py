"""Overlap of distortions with explanations and other maps, image by image, with nulls."""

from pathlib import Path

from ssimball.config.stages.overlap import OverlapStage
from ssimball.overlap.inputs import read_attacks, read_maps
from ssimball.overlap.table import overlap_table
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.overlap import OVERLAP
from ssimball.storage.tables import write_table

with job(snakemake, OverlapStage) as running:
    stage = running.stage
    maps = read_maps(snakemake.input.clean, snakemake.input.explanations, stage.explanations)
    stored = snakemake.input.distortions
    paths = running.report_progress(stored, len(stored), "overlap")
    distortions = read_attacks(paths, stage.distortions)
    rows = overlap_table(
        list(maps.cams),
        maps.cams,
        {attack: distortions[attack] for attack in stage.attacks},
        maps.masks,
        maps.textures,
        maps.explanations,
        top=stage.overlap.top,
        null_draws=stage.overlap.null_draws,
        seed=stage.seed,
    )
    write_table(Path(snakemake.output[0]), OVERLAP, rows, running.provenance())
