"""ImageNet folders that differ from the downloaded ones; tests/datasets covers the devkit."""

import os
from functools import partial

from ssimball.config.dataset import DatasetConfig
from ssimball.datasets.registry import open_dataset
from ssimball.errors import DatasetError

from .cases import Case

TENCH, SNAKE = "n01440764", "n01751748"
FIRST, SECOND = "ILSVRC2012_val_00000001", "ILSVRC2012_val_00000002"
HEADER = "ImageId,PredictionString\n"


def open_imagenet(root, **values):
    """Open the data set as jobs do."""
    settings = {"kind": "imagenet", "imagenet": {"root": str(root), **values}}
    return open_dataset(DatasetConfig.model_validate(settings), 1000)


def put(folder, *paths):
    """Create images, which are never opened, and folders, whose names end in a slash."""
    for path in paths:
        target = folder / path
        (target if path.endswith("/") else target.parent).mkdir(parents=True, exist_ok=True)
        if not path.endswith("/"):
            target.touch()


def open_latin1(folder):
    put(folder, f"{TENCH}/{FIRST}.JPEG")
    (folder / TENCH / os.fsdecode(b"caf\xe9.JPEG")).touch()
    open_imagenet(folder)


def open_kaggle(text, folder):
    put(folder, f"{FIRST}.JPEG")
    (folder / "LOC_val_solution.csv").write_text(text, encoding="utf-8")
    open_imagenet(folder)


def open_tar(folder):
    put(folder, f"{FIRST}.JPEG")
    (folder / "ILSVRC2012_devkit_t12.tar.gz").write_bytes(b"\x1f\x8b not a gzip")
    open_imagenet(folder)


def open_tree(paths, values, folder, root=""):
    put(folder, *paths)
    open_imagenet(folder / root, **values)


def tree(name, message, *paths, root="", **values):
    return Case(name, partial(open_tree, paths, values, root=root), message, DatasetError)


def kaggle(name, text, message):
    text, message = HEADER + text, f"HERE/LOC_val_solution.csv{message}"
    return Case(name, partial(open_kaggle, text), message, DatasetError)


LOOKED = (
    "for folders like n01440764 (layout folders), and for ILSVRC2012_val_*.JPEG with "
    "LOC_val_solution.csv (layout kaggle) or ILSVRC2012_devkit_t12, unpacked or as .tar.gz (layout "
    "devkit), in the same folder or up to 4 folders above, and for files like 1_n01440764.JPEG "
    "(layout names); class folders with other names are listed by `ssimball manifest`"
)
NONE = "HERE: no labelled ImageNet validation images (layout"
CASES = [
    tree(
        "no folder",
        "HERE/val: there is no such folder; name the folder of ImageNet's validation images",
        root="val",
    ),
    tree(
        "a file for the folder",
        "HERE/labels.csv: there is no such folder; name the folder of ImageNet's validation images",
        "labels.csv",
        root="labels.csv",
    ),
    Case(
        "name of an image in Latin-1",
        open_latin1,
        f"HERE/{TENCH}: the name b'caf\\xe9.JPEG' is not UTF-8; rename the file",
        DatasetError,
    ),
    tree("empty folder", f"{NONE} auto); searched HERE {LOOKED}"),
    tree(
        "empty class folders",
        f"{NONE} auto); searched HERE, HERE/val {LOOKED}",
        f"val/{TENCH}/",
    ),
    tree(
        "images without labels",
        f"{NONE} auto); nothing labels the images in HERE/val; searched HERE, HERE/val {LOOKED}",
        f"val/{FIRST}.JPEG",
    ),
    tree(
        "another layout",
        f"{NONE} kaggle); searched HERE {LOOKED}",
        f"{TENCH}/{FIRST}.JPEG",
        layout="kaggle",
    ),
    tree(
        "folder named by the class",
        "HERE/tench: not a WordNet ID of ILSVRC-2012; move the folder",
        f"{SNAKE}/{FIRST}.JPEG",
        f"tench/{SECOND}.JPEG",
    ),
    tree(
        "class of the full ImageNet",
        "HERE/n00000001: not a WordNet ID of ILSVRC-2012; move the folder",
        f"{SNAKE}/{FIRST}.JPEG",
        f"n00000001/{SECOND}.JPEG",
    ),
    tree(
        "one image in two folders",
        f"HERE/{TENCH}/{FIRST}.JPEG and HERE/{SNAKE}/{FIRST}.JPEG: two images named {FIRST}; keep "
        "one of them",
        f"{SNAKE}/{FIRST}.JPEG",
        f"{TENCH}/{FIRST}.JPEG",
    ),
    tree(
        "no boxes of the images",
        f"boxes: no bounding boxes of the images; name the folder with files like {FIRST}.xml",
        f"val/{SNAKE}/{FIRST}.JPEG",
        "boxes/n01440764_1.xml",
        boxes="boxes",
    ),
    tree(
        "folder of boxes gone",
        "boxes: cannot be read: No such file or directory; correct the path",
        f"{SNAKE}/{FIRST}.JPEG",
        boxes="boxes",
    ),
    kaggle(
        "Kaggle's list without the image",
        f"{SECOND},{TENCH} 1 2 3 4\n",
        f": no label for HERE/{FIRST}.JPEG; get a complete copy",
    ),
    kaggle(
        "Kaggle's list with a word for a class",
        f"{FIRST},tench 1 2 3 4\n",
        ", line 2: 'tench' is not a WordNet ID of ILSVRC-2012; get a new copy",
    ),
    kaggle(
        "Kaggle's list with an image twice",
        f"{FIRST},{TENCH} 1 2 3 4\n{FIRST},{TENCH} 1 2 3 4\n",
        f", line 3: {FIRST} is listed a second time; get a new copy",
    ),
    kaggle(
        "Kaggle's list with an open quote",
        f'{FIRST},"{TENCH}{" " * 200_000}\n',
        ", line 2: not valid CSV: …; get a new copy",
    ),
    Case(
        "Kaggle's list with semicolons",
        partial(open_kaggle, HEADER.replace(",", ";")),
        "HERE/LOC_val_solution.csv: expected the columns ImageId,PredictionString; get a new copy",
        DatasetError,
    ),
    Case(
        "devkit that is no archive",
        open_tar,
        "HERE/ILSVRC2012_devkit_t12.tar.gz: cannot be read: …; get a new copy",
        DatasetError,
    ),
]
