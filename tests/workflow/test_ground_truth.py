"""Photographs with masks and boxes, and unreadable ones: values, or a reason for none."""

import csv

import numpy as np
import PIL.Image
import pytest
from snakemake.exceptions import WorkflowError

from ssimball.config.model import PreprocessingConfig
from ssimball.datasets.demo.scenes import render_scene
from ssimball.datasets.manifest import ManifestDataset
from ssimball.datasets.subset import subset_row
from ssimball.models.clean import clean_row
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.images import CLEAN, SUBSET
from ssimball.storage.contracts.overlap import OVERLAP
from ssimball.storage.images import decode_png
from ssimball.storage.tables import read_table

from .changes import planned_jobs

EDGE = 20  # Pixels to the left and right of a scene, which the crop takes away.


def write_photographs(folder):
    """Write photographs with a scene in the middle and its object given in various ways."""
    scenes = [render_scene(3, index, "validation") for index in range(5)]
    rows = []
    for index, scene in enumerate(scenes):
        wide = np.pad(scene.rgb, ((0, 0), (EDGE, EDGE), (0, 0)), mode="edge")
        PIL.Image.fromarray(wide).save(folder / f"{index}.png")
        mask = np.pad(scene.mask, ((0, 0), (EDGE, EDGE)))
        PIL.Image.fromarray(mask).save(folder / f"{index}_mask.png")
        rows.append({"path": f"{index}.png", "label": index, "mask": "", "boxes": ""})
    rows[0]["mask"] = "0_mask.png"
    y, x = np.nonzero(scenes[1].mask)
    rows[1]["boxes"] = f"{x.min() + EDGE} {y.min()} {x.max() + EDGE} {y.max()}"
    rows[3]["boxes"] = f"0 0 {EDGE - 1} 223"
    rows[4]["mask"] = "4_mask.png"
    PIL.Image.fromarray(scenes[4].mask).save(folder / "4_mask.png")
    write_list(folder, rows)
    return scenes


def write_list(folder, rows):
    with (folder / "labels.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def add_unreadable(folder):
    """Add half a photograph, another kind of file and a missing one; return their names."""
    with (folder / "labels.csv").open(newline="") as stream:
        rows = [row | {"author": "me"} for row in csv.DictReader(stream)]
    with PIL.Image.open(folder / "2.png") as image:
        image.convert("RGB").save(folder / "half.jpg")
    whole = (folder / "half.jpg").read_bytes()
    (folder / "half.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "text.jpg").write_bytes(b"not an image")
    names = ("half.jpg", "text.jpg", "missing.jpg")
    empty = {"label": 0, "mask": "", "boxes": "", "author": "me"}
    write_list(folder, [*rows, *({"path": name} | empty for name in names)])
    return names


@pytest.mark.long
def test_measures_against_the_object_of_photographs_and_reasons_for_none(workflow):
    """One run, as its start takes seconds."""
    scenes = write_photographs(workflow.folder)
    unreadable = add_unreadable(workflow.folder)
    overlay = {
        "run": "own",
        "dataset": {"kind": "manifest", "manifest": {"path": "labels.csv"}},
        "subset": {"images": "all"},
        "attacks": ["fgsm"],
        "explanations": ["cam"],
    }
    outcome = workflow.run(overlay, "overlap")
    assert outcome.code == 0, outcome.text
    results = workflow.folder / "results" / "own"
    rows = read_table(results / "clean" / "00000.parquet", CLEAN).to_pylist()
    clean = {row["image_id"]: row for row in rows}
    np.testing.assert_array_equal(decode_png(clean["0.png"]["mask_png"]) > 0, scenes[0].mask)
    boxed = decode_png(clean["1.png"]["mask_png"]) > 0
    assert boxed[scenes[1].mask].all()
    assert not boxed.all(axis=1).any() and not boxed.all(axis=0).any()
    assert clean["4.png"]["status"].startswith(
        "failed: mask 4_mask.png (labels.csv, line 6): 224 x"
    )
    measured = {
        row["image_id"]: (row["value"], row["reason"])
        for row in read_table(results / "overlap.parquet", OVERLAP).to_pylist()
        if (row["measure"], row["distortion"]) == ("share", "deficit")
    }
    assert 0 < measured["0.png"][0] < 1 and 0 < measured["1.png"][0] < 1
    assert measured["2.png"] == (None, "no object mask")
    assert measured["3.png"] == (None, "the object lies outside the crop")
    subset = read_table(results / "subset" / "00000.parquet", SUBSET).to_pylist()
    assert all('"author":"me"' in row["extra"] for row in subset)
    attacked = read_table(results / "attacks" / "fgsm" / "00000.parquet", ATTACKS)
    status = dict(attacked.select(["image_id", "status"]).to_pandas().itertuples(index=False))
    for name in ("4.png", *unreadable):
        assert clean[name]["status"].startswith("failed: ")
        assert status[name] == f"skipped: {clean[name]['status']}"
        assert measured[name] == (None, status[name])


def test_a_changed_mask_is_noticed(tmp_path, demo_classifier):
    """By the functions that the scripts of the subset and of the clean images call."""

    def entries():
        dataset = ManifestDataset(tmp_path / "labels.csv", 10)
        return dataset, {entry.image_id: entry for entry in dataset.entries()}

    write_photographs(tmp_path)
    dataset, listed = entries()
    subset = [subset_row(0, "00000", listed[name], dataset) for name in ("0.png", "1.png")]
    PIL.Image.new("L", (224 + 2 * EDGE, 224), 255).save(tmp_path / "0_mask.png")
    dataset, listed = entries()
    first, second = (
        clean_row(row, dataset, listed[row["image_id"]], PreprocessingConfig(), demo_classifier)
        for row in subset
    )
    assert first["status"].startswith("failed: the mask or boxes changed after the subset")
    assert second["status"] == "ok"


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        (
            {"kind": "manifest", "manifest": {"path": "labels.csv"}},
            "labels.csv, line 3: the box '1 2 3' is not four whole numbers xmin ymin xmax ymax; c",
        ),
        (
            {"kind": "imagenet", "imagenet": {"root": ".", "boxes": "no/such"}},
            "dataset.imagenet.boxes: there is no folder no/such",
        ),
    ],
)
def test_ground_truth_without_any_valid_entry_is_refused_before_any_job(tmp_path, dataset, message):
    (tmp_path / "labels.csv").write_text("path,label,boxes\na.png,0,\nb.png,1,1 2 3\n")
    overlay = {"dataset": dataset, "subset": {"images": "all"}, "model": {"num_classes": 1000}}
    with pytest.raises(WorkflowError) as caught:
        planned_jobs(overlay, tmp_path)
    assert message in str(caught.value)
    assert not (tmp_path / "results").exists()
