"""Mistakes in a manifest; the message names the line."""

from functools import partial
from pathlib import Path

from ssimball.config.dataset import DatasetConfig
from ssimball.datasets.registry import open_dataset
from ssimball.datasets.subset import check_any_found, check_readable, draw, subset_row
from ssimball.errors import DatasetError

from .cases import Case


def open_manifest(path):
    """Open a manifest as jobs do, for a network of 10 classes."""
    settings = {"kind": "manifest", "manifest": {"path": str(path)}}
    return open_dataset(DatasetConfig.model_validate(settings), 10)


def write(folder, text):
    path = folder / "list.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


NAMES = "The first line must name the columns path and label, separated by commas"
LABEL = "expected an integer from 0 to 9, the index of a class of the network"
BOX = "count pixels from 0, include both corners, and separate boxes by semicolons"
NUMBERS = "is not four whole numbers xmin ymin xmax ymax"
UTF8 = "not UTF-8 text; save the file as CSV UTF-8"
EMPTY = "the file is empty; expected a header with the columns path,label"
#: Name of the mistake, content of the file, message after the file's name.
MISTAKES = [
    ("empty file", "", f": {EMPTY}"),
    ("blank lines", "\n\n", f": {EMPTY}"),
    ("only a header", "path,label\n\n", ": lists no images; add a row for each below the header"),
    ("no header", "a.png,1\n", f": no column 'path' among 'a.png', '1'. {NAMES}"),
    (
        "misspelt column",
        "path,lable\na.png,1\n",
        f": no column 'label' among 'path', 'lable'; rename 'lable'? {NAMES}",
    ),
    (
        "capitals",
        "Path,Label\na.png,1\n",
        f": no column 'path' among 'Path', 'Label'; rename 'Path'? {NAMES}",
    ),
    ("semicolons", "path;label\na.png;1\n", f": no column 'path' among 'path;label'. {NAMES}"),
    (
        "semicolons after a byte-order mark",
        "\ufeffpath;label\na.png;1\n",
        f": no column 'path' among 'path;label'. {NAMES}",
    ),
    (
        "a column twice",
        "path,label,path\na.png,1,a.png\n",
        ": the column 'path' occurs twice; remove one",
    ),
    (
        "no path",
        "path,label\na.png,1\n,2\n",
        ", line 3: the path is empty; name a file, or remove the line",
    ),
    (
        "missing cell",
        "path,label\na.png,1\nb.png\n",
        ", line 3: 1 cells, expected 2 as in the header; put values that contain commas in double "
        "quotes",
    ),
    (
        "comma in a name",
        "path,label,name\na.png,1,cat, tabby\n",
        ", line 2: 4 cells, expected 3 as in the header; put values that contain commas in double "
        "quotes",
    ),
    ("label in words", "path,label\na.png,cat\n", f", line 2: the label is 'cat', {LABEL}"),
    ("label too large", "path,label\na.png,10\n", f", line 2: the label is '10', {LABEL}"),
    ("label below 0", "path,label\na.png,-1\n", f", line 2: the label is '-1', {LABEL}"),
    ("label with a point", "path,label\na.png,1.0\n", f", line 2: the label is '1.0', {LABEL}"),
    ("no label", "path,label\na.png,\n", f", line 2: the label is '', {LABEL}"),
    (
        "a path twice",
        "path,label\na.png,1\nb.png,1\n./a.png,1\n",
        ": the path './a.png' is in line 4 and already in line 2; keep one of them",
    ),
    (
        "an id twice",
        "path,label,image_id\na.png,1,a\nb.png,1,a\n",
        ": the image_id 'a' is in line 3 and already in line 2; write paths relative to the "
        "manifest, or add a column image_id",
    ),
    (
        "a name in two folders",
        "path,label\n/x/a.png,1\n/y/a.png,1\n",
        ": the image_id 'a.png' is in line 3 and already in line 2; write paths relative to the "
        "manifest, or add a column image_id",
    ),
    (
        "half a sha256",
        "path,label,sha256\na.png,1,abc\n",
        ", line 2: the sha256 is not 64 hexadecimal digits; correct it, or leave the cell empty",
    ),
    (
        "half a sha256 of a mask",
        "path,label,mask_sha256\na.png,1,abc\n",
        ", line 2: the mask_sha256 is not 64 hexadecimal digits; correct it, or leave the cell "
        "empty",
    ),
    (
        "mask and boxes",
        "path,label,mask,boxes\na.png,1,m.png,0 0 1 1\n",
        ", line 2: both a mask and boxes are given; leave one cell empty",
    ),
    (
        "three corners",
        "path,label,boxes\na.png,1,\nb.png,1,0 0 9\n",
        f", line 3: the box '0 0 9' {NUMBERS}; {BOX}",
    ),
    (
        "part of a pixel",
        "path,label,boxes\na.png,1,0 0 9 9.5\n",
        f", line 2: the box '0 0 9 9.5' {NUMBERS}; {BOX}",
    ),
    (
        "negative corner",
        "path,label,boxes\na.png,1,-1 0 9 9\n",
        f", line 2: the box '-1 0 9 9' {NUMBERS}; {BOX}",
    ),
    (
        "semicolon at the end",
        "path,label,boxes\na.png,1,0 0 9 9;\n",
        f", line 2: the box '' {NUMBERS}; {BOX}",
    ),
    (
        "commas in a box",
        'path,label,boxes\na.png,1,"0,0,9,9"\n',
        f", line 2: the box '0,0,9,9' {NUMBERS}; {BOX}",
    ),
    (
        "inverted box",
        "path,label,boxes\na.png,1,0 0 9 9; 5 5 4 9\n",
        f", line 2: the box '5 5 4 9' is empty: xmax < xmin or ymax < ymin; {BOX}",
    ),
    (
        "two names of a class",
        "path,label,name\na.png,1,cat\n\nb.png,1,dog\n",
        ", line 4: name of label 1 is 'dog', but 'cat' in line 2; use one name, or rename the "
        "column if it holds something else",
    ),
    (
        "open quote",
        'path,label\n"a.png,1\n',
        ", line 2: not valid CSV: …; is a double quote left open?",
    ),
    ("Latin-1", b"path,label\na.png,1\n\xe9.png,1\n", f", line 3: {UTF8}"),
    ("UTF-16", "path,label\na.png,1\n".encode("utf-16"), f", line 1: {UTF8}"),
    ("UTF-16 without mark", "path,label\na.png,1\n".encode("utf-16-le"), f", line 1: {UTF8}"),
    ("spreadsheet", b"PK\x03\x04\x14\0\x06\0", f", line 1: {UTF8}"),
]


#: The only path of a manifest, and what is wrong with it.
NOWHERE = [
    (
        "Windows path",
        "/C:\\a.png",
        "file is missing; correct the path (folders are separated by /)",
    ),
    ("long path", f"/{'a' * 300}", "cannot be read: File name too long; give a shorter path"),
    ("folder for an image", "/tmp", "a folder, not a file; name an image in it"),
    ("device for an image", "/dev/null", "cannot be read: not a regular file; name a regular file"),
]


def draw_too_many(folder):
    draw(open_manifest(write(folder, "path,label\na.png,1\nb.png,2\n")).entries(), 3, 0)


def all_missing(folder):
    dataset = open_manifest(write(folder, "path,label\na.png,1\nb.png,2\n"))
    entries = dataset.entries()
    rows = [subset_row(number, "00000", entry, dataset) for number, entry in enumerate(entries)]
    check_readable(rows, entries)


def none_there(path, folder):
    """Plan a run of one image, as the workflow does before any job."""
    dataset = open_manifest(write(folder, f"path,label\n{path},1\n"))
    check_any_found(dataset.entries(), dataset)


def open_text(text, folder):
    open_manifest(write(folder, text))


CASES = [
    *(
        Case(name, partial(open_text, text), f"HERE/list.csv{message}", DatasetError)
        for name, text, message in MISTAKES
    ),
    Case(
        "gone",
        lambda folder: open_manifest(folder / "list.csv"),
        "HERE/list.csv: there is no such manifest; correct the path",
        DatasetError,
    ),
    Case(
        "folder",
        open_manifest,
        "HERE: cannot be read: Is a directory; name a CSV file",
        DatasetError,
    ),
    Case(
        "all images elsewhere",
        all_missing,
        "none of the 2 images of the subset can be read; the first is HERE/a.png (failed: a.png: "
        "file is missing; correct the path)",
        DatasetError,
    ),
    *(
        Case(
            name,
            partial(none_there, path),
            f"none of the 1 images of the subset can be read; the first is {path} (failed: "
            f"{Path(path).name}: {reason})",
            DatasetError,
        )
        for name, path, reason in NOWHERE
    ),
    Case(
        "fewer images than asked for",
        draw_too_many,
        "subset.images: 3 is more than the 2 images of the data set; set it to 2 or less",
        DatasetError,
    ),
]
