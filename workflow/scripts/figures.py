"""Draw the overview of overlap by attack, and a contact sheet for each attack.

Reads statistics, overlap, classes, and the clean, CAM, attack and SSIM tables. Writes each figure
as table, PDF and PNG.
"""

from pathlib import Path

from ssimball.config.stages.figures import FiguresStage
from ssimball.pipeline.jobs import job
from ssimball.report.figures.files import publish
from ssimball.report.figures.overview import overview
from ssimball.report.figures.rows import overview_rows
from ssimball.report.figures.sheet import SheetRow, contact_sheet
from ssimball.report.figures.sheet_rows import read_sheet_source
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.figures import FIGURE_OVERVIEW, FIGURE_SHEET
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.contracts.maps import EXPLANATIONS, SSIM
from ssimball.storage.contracts.overlap import SUMMARY
from ssimball.storage.images import decode_png
from ssimball.storage.rows import record
from ssimball.storage.tables import read_table


def rows_of(folder, contract, table):
    """Look up rows of a table by shard and image."""
    return lambda shard, image_id: record(folder / table / f"{shard}.parquet", contract, image_id)


def with_pixels(folder, attack, row):
    """Add the images and maps to a row of the sheet."""
    image_id, shard = row["image_id"], f"{row['shard']}.parquet"
    clean = record(folder / "clean" / shard, CLEAN, image_id)
    attacked = record(folder / "attacks" / attack / shard, ATTACKS, image_id)
    similarity = record(folder / "ssim" / attack / shard, SSIM, image_id, ("ssim_map",))
    activation = record(folder / "explanations" / "cam" / shard, EXPLANATIONS, image_id, ("map",))
    return SheetRow(
        image_id=image_id,
        true_name=row["true_name"],
        predicted_name=row["predicted_name"],
        clean=decode_png(clean["image_png"]),
        adversarial=decode_png(attacked["adversarial_png"]),
        ssim_map=similarity["ssim_map"],
        cam=activation["map"],
        mean_ssim=row["mean_ssim"],
        spearman=row["spearman_cam"],
        mask=clean["mask_png"] and decode_png(clean["mask_png"]) > 0,
    )


with job(snakemake, FiguresStage) as running:
    stage, folder, given = running.stage, running.folder, snakemake.input
    settings, provenance = stage.figures, running.provenance()
    names = dict(stage.renamed)
    overview_path = Path(snakemake.output.overview[0])
    publish(
        overview_path,
        FIGURE_OVERVIEW,
        overview_rows(read_table(Path(given.summary), SUMMARY).to_pylist()),
        provenance,
        lambda rows: overview(rows, confidence=stage.confidence, top=stage.top),
        names,
    )
    source = read_sheet_source(Path(given.classes), Path(given.overlap), given.clean, stage)
    clean = rows_of(folder, CLEAN, "clean")
    for attack in running.report_progress(stage.attacks, len(stage.attacks), "contact sheets"):
        publish(
            overview_path.with_name(f"sheet_{attack}.parquet"),
            FIGURE_SHEET,
            source.rows(attack, clean, rows_of(folder, ATTACKS, f"attacks/{attack}")),
            provenance,
            lambda rows, attack=attack: contact_sheet(
                [with_pixels(folder, attack, row) for row in rows],
                amplify=settings.amplify,
                top=stage.top,
                title=names.get(attack, attack),
            ),
        )
