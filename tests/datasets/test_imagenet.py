"""The three layouts of ImageNet give the same entries; faults of the devkit are reported.

tests/bad_input covers other faults.
"""

import csv
import hashlib
import random
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat
from timm.data.imagenet_info import ImageNetInfo

from ssimball.datasets.imagenet import ImageNetDataset
from ssimball.errors import DatasetError

WNIDS = sorted(ImageNetInfo("imagenet-1k").label_names())
# Facts of the real data set. In the devkit, the class of image 1 (n01751748, sea snake) has number
# 490; in networks it has label 65. Numbers 1 to 3 are the kit fox and two dogs.
FIRST_IMAGE, FIRST_WNID, FIRST_ID, FIRST_LABEL = 1, "n01751748", 490, 65
KNOWN_IDS = {1: "n02119789", 2: "n02100735", 3: "n02110185", FIRST_ID: FIRST_WNID}
TRUTH = {FIRST_IMAGE: FIRST_WNID, 2: WNIDS[999], 3: WNIDS[0], 777: "n02119789", 50_000: "n02100735"}
IMAGE_IDS = {number: f"ILSVRC2012_val_{number:08d}" for number in TRUTH}
LABELS = [(IMAGE_IDS[number], WNIDS.index(wnid)) for number, wnid in TRUTH.items()]


def devkit_ids():
    """Return the number of each wnid in the devkit: known ones as they are, others permuted."""
    others = sorted(set(WNIDS) - set(KNOWN_IDS.values()))
    random.Random(0).shuffle(others)
    numbers = [number for number in range(1, 1001) if number not in KNOWN_IDS]
    return {
        wnid: number
        for number, wnid in (KNOWN_IDS | dict(zip(numbers, others, strict=True))).items()
    }


def write_devkit(parent, *, lines=50_000, number=None, leaves=1000):
    """Write the devkit's two files as in the real one: 1000 leaves, then inner nodes."""
    data = parent / "ILSVRC2012_devkit_t12" / "data"
    data.mkdir(parents=True)
    ids = devkit_ids()
    fields = ["ILSVRC2012_ID", "WNID", "words", "gloss", "num_children", "children"]
    fields += ["wordnet_height", "num_train_images"]
    rows = [(ids[wnid], wnid, "a", "b", 0, [], 0, 1300.0) for wnid in sorted(ids, key=ids.get)]
    rows = rows[:leaves]
    rows += [(1000 + i, f"n0000000{i}", "c", "d", 2, [1, 2], 3, 0.0) for i in range(1, 6)]
    synsets = np.zeros((len(rows), 1), dtype=[(name, object) for name in fields])
    for index, row in enumerate(rows):
        synsets[index, 0] = row
    savemat(data / "meta.mat", {"synsets": synsets})
    truth = np.full(lines, 500)
    for image, wnid in TRUTH.items():
        if image <= lines:
            truth[image - 1] = ids[wnid] if number is None else number
    name = "ILSVRC2012_validation_ground_truth.txt"
    (data / name).write_text("".join(f"{i}\n" for i in truth))
    return data.parent


def write_kaggle_csv(folder):
    with (folder / "LOC_val_solution.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["ImageId", "PredictionString"])
        for number, image_id in reversed(IMAGE_IDS.items()):
            writer.writerow([image_id, f"{TRUTH[number]} 111 108 230 173 {TRUTH[number]} 1 2 3 4 "])


def write_flat(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for image_id in IMAGE_IDS.values():
        (folder / f"{image_id}.JPEG").touch()
    (folder / "notes.txt").touch()
    return folder


def write_folders(folder):
    for number, image_id in IMAGE_IDS.items():
        (folder / TRUTH[number]).mkdir(parents=True, exist_ok=True)
        (folder / TRUTH[number] / f"{image_id}.JPEG").touch()
    (folder / FIRST_WNID / "._ILSVRC2012_val_00000001.JPEG").touch()
    (folder / ".hidden").mkdir()
    return folder


def folders_tree(root):
    write_folders(root)
    return [(root, "folders")]


def folders_below_val(root):
    write_folders(root / "val")
    (root / "train").mkdir()
    return [(root, "folders"), (root / "val", "folders")]


def kaggle_tree(root):
    images = write_flat(root / "ILSVRC" / "Data" / "CLS-LOC" / "val")
    write_kaggle_csv(root)
    return [(folder, "kaggle") for folder in (images, *images.parents[:4])]


def linked_val(root):
    images, linked = write_flat(root / "elsewhere"), root / "imagenet"
    linked.mkdir()
    (linked / "val").symlink_to(images)
    write_kaggle_csv(linked)
    return [(linked, "kaggle"), (linked / "val", "kaggle")]


def kaggle_flat(root):
    write_kaggle_csv(write_flat(root))
    return [(root, "kaggle")]


def devkit_unpacked(root):
    write_flat(root / "val")
    write_devkit(root)
    return [(root, "devkit"), (root / "val", "devkit")]


def devkit_packed(root):
    write_flat(root)
    devkit = write_devkit(root)
    with tarfile.open(root / "ILSVRC2012_devkit_t12.tar.gz", "w:gz") as archive:
        archive.add(devkit, devkit.name)
    shutil.rmtree(devkit)
    return [(root, "devkit")]


@pytest.mark.parametrize(
    "tree",
    [
        folders_tree,
        folders_below_val,
        kaggle_tree,
        kaggle_flat,
        linked_val,
        devkit_unpacked,
        devkit_packed,
    ],
)
def test_all_layouts_give_the_same_entries(tmp_path, tree):
    for root, layout in tree(tmp_path):
        for chosen in ("auto", layout):
            dataset = ImageNetDataset(root, chosen)
            entries = dataset.entries()
            assert [(entry.image_id, entry.label) for entry in entries] == LABELS
            assert (LABELS[0][1], dataset.class_names[65]) == (FIRST_LABEL, "sea snake")
            assert len(dataset.class_names) == 1000
        Image.new("RGB", (3, 2), "red").save(entries[0].location, "PNG")
        assert dataset.load(entries[0]).rgb.tolist() == [[[255, 0, 0]] * 3] * 2


def test_boxes_are_those_of_the_file_named_like_the_image(tmp_path):
    kaggle_flat(tmp_path)
    for image_id in IMAGE_IDS.values():
        Image.new("RGB", (500, 375)).save(tmp_path / f"{image_id}.JPEG")
    boxes = tmp_path / "Annotations"
    boxes.mkdir()
    # The real box of the first image, as in Kaggle's CSV.
    content = (
        b"<annotation><size><width>500</width><height>375</height></size><object><bndbox><xmin>111"
        b"</xmin><ymin>108</ymin><xmax>441</xmax><ymax>193</ymax></bndbox></object></annotation>"
    )
    (boxes / f"{IMAGE_IDS[1]}.xml").write_bytes(content)
    dataset = ImageNetDataset(tmp_path, boxes=boxes)
    first, *others = dataset.entries()
    mask = dataset.load(first).mask
    rows, columns = np.nonzero(mask)
    corners = [int(corner) for corner in (columns.min(), rows.min(), columns.max(), rows.max())]
    assert corners == [111, 108, 441, 193] and mask.sum() == 331 * 86
    assert dataset.mask_sha256(first) == hashlib.sha256(content).hexdigest()
    for entry in others:
        assert dataset.load(entry).mask is None and dataset.mask_sha256(entry) is None


def test_a_relative_root(tmp_path, monkeypatch):
    kaggle_tree(tmp_path)
    monkeypatch.chdir(tmp_path / "ILSVRC" / "Data")
    for root in (".", "CLS-LOC/val", "../Data/CLS-LOC/val"):
        entries = ImageNetDataset(Path(root)).entries()
        assert [(entry.image_id, entry.label) for entry in entries] == LABELS


def fails(root, message, layout="auto"):
    with pytest.raises(DatasetError, match=message):
        ImageNetDataset(root, layout)


def test_an_unknown_layout(tmp_path):
    fails(tmp_path, "layout is 'torch'; use auto or one of folders, kaggle, devkit", "torch")


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"lines": 49_999}, "has 49999 lines, expected 50000"),
        ({"number": 1001}, "line 1: '1001' is not a class id from 1 to 1000"),
        ({"leaves": 999}, "the 999 classes in data/meta.mat are not the 1000"),
    ],
)
def test_faults_of_the_devkit(tmp_path, fault, message):
    write_devkit(write_flat(tmp_path), **fault)
    fails(tmp_path, f"devkit_t12: .*{message}")


def test_a_damaged_devkit(tmp_path):
    meta = write_devkit(write_flat(tmp_path)) / "data" / "meta.mat"
    meta.write_bytes(meta.read_bytes()[:300])
    fails(tmp_path, "data/meta.mat cannot be read")
    meta.unlink()
    fails(tmp_path, "there is no data/meta.mat in it")
