"""The overview of overlap by attack, and a contact sheet for each attack."""

from pathlib import Path

import pyarrow.compute as pc

from ssimball.config.stages.figures import FiguresStage
from ssimball.overlap.metric import SPEARMAN_CAM
from ssimball.pipeline.jobs import job
from ssimball.report.figures.files import publish
from ssimball.report.figures.overview import overview
from ssimball.report.figures.rows import overview_rows, sheet_images, sheet_row
from ssimball.report.figures.sheet import SheetRow, contact_sheet
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.figures import FIGURE_OVERVIEW, FIGURE_SHEET
from ssimball.storage.contracts.images import CLASSES, CLEAN
from ssimball.storage.contracts.maps import EXPLANATIONS, SSIM
from ssimball.storage.contracts.overlap import OVERLAP, SUMMARY
from ssimball.storage.images import decode_png
from ssimball.storage.rows import record
from ssimball.storage.tables import read_table


def rows_of(folder, attack, chosen, names, correlations):
    """What the sheet of an attack says of the chosen images, of those that it has."""
    for shard, image_id in chosen:
        clean = record(folder / "clean" / f"{shard}.parquet", CLEAN, image_id)
        attacked = record(folder / "attacks" / attack / f"{shard}.parquet", ATTACKS, image_id)
        row = sheet_row(shard, clean, attacked, names, correlations.get((image_id, attack)))
        if row is not None:
            yield row


def with_pixels(folder, attack, row):
    """A row of the sheet with the images and maps that it names."""
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
    overview_path = Path(snakemake.output.overview[0])
    publish(
        overview_path,
        FIGURE_OVERVIEW,
        overview_rows(read_table(Path(given.summary), SUMMARY).to_pylist()),
        provenance,
        lambda rows: overview(rows, confidence=stage.confidence, top=stage.top),
    )
    classes = read_table(Path(given.classes), CLASSES).to_pylist()
    names = {row["label"]: row["name"] for row in classes}
    # Filtered by Arrow: of a large run there are millions of other rows.
    overlap = read_table(Path(given.overlap), OVERLAP)
    for name, value in SPEARMAN_CAM.columns().items():
        overlap = overlap.filter(pc.field(name) == value)
    correlations = {
        (row["image_id"], row["attack"]): row["value"]
        for row in overlap.select(["image_id", "attack", "value"]).to_pylist()
    }
    clean = {
        path.stem: read_table(path, CLEAN, ["image_id", "correct"]).to_pylist()
        for path in map(Path, given.clean)
    }
    chosen = sheet_images(clean, settings.sheet_images, stage.seed)
    for attack in running.report_progress(stage.attacks, len(stage.attacks), "contact sheets"):
        publish(
            overview_path.with_name(f"sheet_{attack}.parquet"),
            FIGURE_SHEET,
            list(rows_of(folder, attack, chosen, names, correlations)),
            provenance,
            lambda rows, attack=attack: contact_sheet(
                [with_pixels(folder, attack, row) for row in rows],
                amplify=settings.amplify,
                top=stage.top,
                title=attack,
            ),
        )
