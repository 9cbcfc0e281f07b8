"""The overview of overlap by attack, and a contact sheet for each attack."""

from pathlib import Path

from ssimball.artifacts import read_table
from ssimball.contracts.attacks import ATTACKS
from ssimball.contracts.images import CLASSES, CLEAN
from ssimball.contracts.maps import EXPLANATIONS, SSIM
from ssimball.contracts.overlap import OVERLAP, SUMMARY
from ssimball.figures import overview, save
from ssimball.figures_sheet import SheetRow, contact_sheet
from ssimball.images import decode_png
from ssimball.jobs import job
from ssimball.randomness import digest
from ssimball.status import has_stored_image
from ssimball.stored_rows import record


def choose(paths, count, seed):
    """File name of the shard and id of correctly classified images, first in a random order."""
    found = []
    for path in map(Path, paths):
        rows = read_table(path, CLEAN, ["image_id", "correct"]).to_pylist()
        found += [(path.name, row["image_id"]) for row in rows if row["correct"]]
    return sorted(found, key=lambda item: digest(seed, "sheet", item[1]))[:count]


def sheet_row(folder, attack, shard, image_id, names, correlations):
    """What a contact sheet shows of an image, None where the attack failed on it."""
    attacked = record(folder / "attacks" / attack / shard, ATTACKS, image_id)
    if not has_stored_image(attacked["status"]):
        return None
    clean = record(folder / "clean" / shard, CLEAN, image_id)
    similarity = record(folder / "ssim" / attack / shard, SSIM, image_id, ("ssim_map",))
    activation = record(folder / "explanations" / "cam" / shard, EXPLANATIONS, image_id, ("map",))
    return SheetRow(
        image_id=image_id,
        true_name=names[clean["label"]],
        predicted_name=names[attacked["predicted"]],
        clean=decode_png(clean["image_png"]),
        adversarial=decode_png(attacked["adversarial_png"]),
        ssim_map=similarity["ssim_map"],
        cam=activation["map"],
        mean_ssim=attacked["mean_ssim"],
        spearman=correlations.get((image_id, attack)),
        mask=clean["mask_png"] and decode_png(clean["mask_png"]) > 0,
    )


with job(snakemake) as running:
    stage, folder = running.stage, Path(snakemake.output.overview[0]).parent
    summary = read_table(Path(snakemake.input.summary), SUMMARY).to_pylist()
    save(overview(summary, confidence=stage["confidence"], top=stage["top"]), folder / "overview")
    classes = read_table(Path(snakemake.input.classes), CLASSES).to_pylist()
    names = {row["label"]: row["name"] for row in classes}
    correlations = {
        (row["image_id"], row["attack"]): row["value"]
        for row in read_table(Path(snakemake.input.overlap), OVERLAP).to_pylist()
        if row["metric"] == "spearman_cam"
    }
    settings = stage["figures"]
    chosen = choose(snakemake.input.clean, settings["sheet_images"], stage["seed"])
    for attack in running.progress(stage["attacks"], len(stage["attacks"]), "contact sheets"):
        rows = [sheet_row(running.folder, attack, *item, names, correlations) for item in chosen]
        drawn = [row for row in rows if row is not None]
        sheet = contact_sheet(drawn, amplify=settings["amplify"], top=stage["top"], title=attack)
        save(sheet, folder / f"sheet_{attack}")
