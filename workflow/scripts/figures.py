"""Draw a contact sheet for each attack, and one image by all attacks.

Reads overlap, classes, and the clean, CAM, attack and SSIM tables. Writes each figure as table, PDF
and PNG.
"""

from pathlib import Path

from ssimball.config.stages.figures import FiguresStage
from ssimball.pipeline.jobs import job
from ssimball.report.drawn_names import drawn_class, drawn_id, say_replaced
from ssimball.report.figures.example import ExampleBlock, ExampleImage, example_figure
from ssimball.report.figures.files import publish
from ssimball.report.figures.sheet import SheetRow, contact_sheet
from ssimball.report.figures.sheet_rows import example_of, example_rows, read_sheet_source
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.figures import FIGURE_EXAMPLE, FIGURE_SHEET
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.contracts.maps import EXPLANATIONS, EXPLANATIONS_ATTACKED, SSIM
from ssimball.storage.images import decode_png
from ssimball.storage.rows import record


def rows_of(folder, contract, table):
    """Look up rows of a table by shard and image."""
    return lambda shard, image_id: record(folder / table / f"{shard}.parquet", contract, image_id)


def stored(folder, row):
    """Return a function that reads the row of a shown image from a table, with one of its maps."""

    def read(contract, table, *maps):
        path = folder / table / f"{row['shard']}.parquet"
        return record(path, contract, row["image_id"], maps)

    return read


def with_pixels(folder, attack, row):
    """Add the images and maps to a row of the sheet."""
    of = stored(folder, row)
    clean = of(CLEAN, "clean")
    return SheetRow(
        image_id=drawn_id(row["image_id"]),
        true_name=drawn_class(row["true_name"], row["label"]),
        predicted_name=drawn_class(row["predicted_name"], row["predicted"]),
        clean=decode_png(clean["image_png"]),
        adversarial=decode_png(of(ATTACKS, f"attacks/{attack}")["adversarial_png"]),
        ssim_map=of(SSIM, f"ssim/{attack}", "ssim_map")["ssim_map"],
        cam=of(EXPLANATIONS, "explanations/cam", "map")["map"],
        mean_ssim=row["mean_ssim"],
        spearman=row["spearman_cam"],
        mask=clean["mask_png"] and decode_png(clean["mask_png"]) > 0,
    )


def names_of(rows):
    """Return the names of the user's that a figure shows."""
    columns = ("image_id", "true_name", "predicted_name")
    return [row[column] for row in rows for column in columns]


def example_image(folder, rows):
    """Return the image of the example, from any of its rows."""
    for row in rows[:1]:
        of = stored(folder, row)
        return ExampleImage(
            image_id=drawn_id(row["image_id"]),
            true_name=drawn_class(row["true_name"], row["label"]),
            clean=decode_png(of(CLEAN, "clean")["image_png"]),
            cam=of(EXPLANATIONS, "explanations/cam", "map")["map"],
        )
    return None


def example_block(folder, stage, row):
    """Add the image and maps under attack to a row of the example."""
    of, attack = stored(folder, row), row["attack"]
    attacked = f"explanations_attacked/{attack}/cam"
    return ExampleBlock(
        attack=stage.display_name(attack),
        group=stage.group(attack),
        predicted_name=drawn_class(row["predicted_name"], row["predicted"]),
        fooled=row["predicted"] != row["label"],
        mean_ssim=row["mean_ssim"],
        adversarial=decode_png(of(ATTACKS, f"attacks/{attack}")["adversarial_png"]),
        ssim_map=of(SSIM, f"ssim/{attack}", "ssim_map")["ssim_map"],
        cam=of(EXPLANATIONS_ATTACKED, attacked, "map")["map"] if stage.attacked_cam else None,
    )


with job(snakemake, FiguresStage) as running:
    stage, folder, given = running.stage, running.folder, snakemake.input
    settings, provenance = stage.figures, running.provenance()
    source = read_sheet_source(Path(given.classes), Path(given.overlap), given.clean, stage)
    clean = rows_of(folder, CLEAN, "clean")
    attacked = {name: rows_of(folder, ATTACKS, f"attacks/{name}") for name in stage.attacks}
    publish(
        snakemake.output.example[0],
        FIGURE_EXAMPLE,
        example_rows(source, example_of(given.clean, given.attacks), clean, attacked),
        provenance,
        lambda rows: say_replaced(
            example_figure(
                example_image(folder, rows),
                [example_block(folder, stage, row) for row in rows],
                amplify=settings.amplify,
            ),
            names_of(rows),
        ),
    )
    for attack in running.report_progress(stage.attacks, len(stage.attacks), "contact sheets"):
        publish(
            Path(snakemake.output.example[0]).with_name(f"sheet_{attack}.parquet"),
            FIGURE_SHEET,
            source.rows(attack, clean, attacked[attack]),
            provenance,
            lambda rows, attack=attack: say_replaced(
                contact_sheet(
                    [with_pixels(folder, attack, row) for row in rows],
                    amplify=settings.amplify,
                    top=stage.top,
                    title=stage.display_name(attack),
                ),
                names_of(rows),
            ),
        )
