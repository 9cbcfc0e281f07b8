"""A manifest gives the same entries however it is written, and names the line of a mistake."""

import csv
import hashlib
import io
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ssimball.datasets.interface import Entry
from ssimball.datasets.manifest import ManifestDataset
from ssimball.errors import DatasetError, ImageError


def manifest(folder, text, n_classes=10):
    path = folder / "list.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return ManifestDataset(path, n_classes)


def summary(dataset):
    return [(entry.image_id, entry.label, entry.extra) for entry in dataset.entries()]


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=8)
STEM = st.text("abcdefgh,\" é猫'", min_size=1, max_size=6).map(lambda s: f"x{s}x")


@settings(max_examples=40, deadline=None)
@given(
    rows=st.dictionaries(STEM, st.tuples(st.integers(0, 9), TEXT), min_size=1, max_size=8),
    shuffled=st.randoms(use_true_random=False),
    newline=st.sampled_from(["\n", "\r\n"]),
    mark=st.sampled_from(["", "\ufeff"]),
)
def test_order_of_columns_and_encoding_make_no_difference(rows, shuffled, newline, mark):
    items, columns = list(rows.items()), ["path", "label", "note"]
    shuffled.shuffle(items)
    shuffled.shuffle(columns)
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, lineterminator=newline)
    writer.writeheader()
    for stem, (label, note) in items:
        writer.writerow({"path": f"{stem}.png", "label": label, "note": note})
    with tempfile.TemporaryDirectory() as folder:
        dataset = manifest(Path(folder), mark + stream.getvalue())
        by_id = {f"{s}.png": (f"{s}.png", label, {"note": note}) for s, (label, note) in items}
        # The rows keep their order, so that rows added at the end come last.
        assert summary(dataset) == [by_id[f"{stem}.png"] for stem, _ in items]
        assert all(folder not in entry.image_id for entry in dataset.entries())


def test_ids_are_normalised_paths_and_tell_nothing_of_the_place(tmp_path):
    inside, outside = tmp_path / "deep" / "d.png", tmp_path.parent / "e.png"
    text = f"path,label\n./sub//a.png,1\n../b.png,2\n{inside},3\n{outside},4\n"
    ids = {entry.label: entry.image_id for entry in manifest(tmp_path, text).entries()}
    assert ids == {1: "sub/a.png", 2: "../b.png", 3: "deep/d.png", 4: "e.png"}


def test_a_column_of_ids_is_used_and_other_columns_are_kept(tmp_path):
    text = ",path,label,image_id,author\n0, a.png ,1,first,Ann\n1,b.png,2,,\n\n"
    expected = [("first", 1, {"author": "Ann"}), ("b.png", 2, {"author": ""})]
    assert summary(manifest(tmp_path, text)) == expected


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("path,label,x", ["0", "1", "2"]),
        ("path,label,name", ["0", "cat", "2"]),
        ("path,label,class_name", ["0", "cat", "2"]),
    ],
)
def test_class_names(tmp_path, header, names):
    assert (
        manifest(tmp_path, f"{header}\na.png,1,cat\nb.png,1,\nc.png,2,\n", 3).class_names == names
    )


def test_the_column_class_name_goes_before_name(tmp_path):
    text = "path,label,name,class_name\na.png,0,Tom,cat\nb.png,0,Kitty,cat\n"
    assert manifest(tmp_path, text, 1).class_names == ["cat"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("path,label\n\n", "lists no images"),
        ("path,lable\na.png,1\n", r"no column 'label'.*rename 'lable'"),
        ("Path,Label\na.png,1\n", r"no column 'path'.*rename 'Path'"),
        ("path;label\na.png;1\n", r"no column 'path'.*separated by commas"),
        ("path,label,path\na.png,1,a.png\n", "'path' occurs twice"),
        ("path,label\na.png,1\n,2\n", "line 3: the path is empty"),
        ("path,label\na.png,1\nb.png\n", "line 3: 1 cells, expected 2"),
        ("path,label,name\na.png,1,cat, tabby\n", "line 2: 4 cells.*double quotes"),
        ("path,label\na.png,cat\n", "line 2: the label is 'cat', expected an integer from 0 to 9"),
        ("path,label\na.png,10\n", "line 2: the label is '10'"),
        ("path,label\na.png,-1\n", "line 2: the label is '-1'"),
        ("path,label\na.png,1.0\n", "line 2: the label is '1.0'"),
        ("path,label\na.png,\n", "line 2: the label is ''"),
        ("path,label\na.png,1\nb.png,1\n./a.png,1\n", "line 4 and already in line 2"),
        ("path,label,image_id\na.png,1,a\nb.png,1,a\n", "image_id 'a' is in line 3 .* line 2"),
        ("path,label\n/x/a.png,1\n/y/a.png,1\n", "image_id 'a.png'.*add a column image_id"),
        ("path,label,sha256\na.png,1,abc\n", "line 2: the sha256 is not 64"),
        ("path,label,mask_sha256\na.png,1,abc\n", "line 2: the mask_sha256 is not 64"),
        ("path,label,mask,boxes\na.png,1,m.png,0 0 1 1\n", "line 2: both a mask and boxes"),
        ("path,label,mask\na.png,1,\0\n", "line 2: the mask's path holds a null"),
        ("path,label,boxes\na.png,1,\nb.png,1,0 0 9\n", "line 3: the box '0 0 9' is not four"),
        ("path,label,boxes\na.png,1,0 0 9 9.5\n", "line 2: the box '0 0 9 9.5' is not .* whole"),
        ("path,label,boxes\na.png,1,-1 0 9 9\n", "line 2: the box '-1 0 9 9' is not .*from 0"),
        ("path,label,boxes\na.png,1,0 0 9 9;\n", "line 2: the box '' is not .*by semicolons"),
        ('path,label,boxes\na.png,1,"0,0,9,9"\n', "line 2: the box '0,0,9,9' is not four"),
        ("path,label,boxes\na.png,1,0 0 9 9; 5 5 4 9\n", "line 2: the box '5 5 4 9' is empty"),
        (
            "path,label,name\na.png,1,cat\n\nb.png,1,dog\n",
            "line 4: name of label 1 is 'dog'.*line 2",
        ),
        ('path,label\n"a.png,1\n', "not valid CSV"),
        (b"path,label\na.png,1\n\xe9.png,1\n", "line 3: not UTF-8"),
        ("path,label\na.png,1\n".encode("utf-16"), "line 1: not UTF-8"),
    ],
)
def test_mistakes_are_named(tmp_path, text, message):
    with pytest.raises(DatasetError, match=f"list.csv.*{message}"):
        manifest(tmp_path, text)


@pytest.mark.parametrize(("name", "message"), [("no.csv", "no such manifest"), (".", "directory")])
def test_a_missing_manifest(tmp_path, name, message):
    with pytest.raises(DatasetError, match=message):
        ManifestDataset(tmp_path / name, 10)


def test_files_are_loaded_and_checked_against_a_stated_sha256(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 4, 3), dtype=np.uint8)
    for name in ("a", "b", "c"):
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    digest = hashlib.sha256((tmp_path / "a.png").read_bytes()).hexdigest()
    text = f"path,label,sha256\nd.png,4,\na.png,1,{digest.upper()}\nb.png,2,\nc.png,3,{'0' * 64}\n"
    dataset = manifest(tmp_path, text)
    missing, stated, unstated, other = dataset.entries()
    for entry in (stated, unstated):
        image = dataset.load(entry)
        assert np.array_equal(image.rgb, pixels) and image.mask is None
        assert dataset.sha256(entry) == digest
    reasons = [
        (other, r"^c\.png: file does not match the sha256 in the manifest, line 5$"),
        (missing, r"^d\.png: file is missing$"),
        (Entry("z.png", 0), r"^z\.png: not in the data set list\.csv$"),
    ]
    for entry, reason in reasons:
        for method in (dataset.load, dataset.sha256):
            with pytest.raises(ImageError, match=reason):
                method(entry)
    # An entry rebuilt from a stored table knows no location.
    assert dataset.sha256(Entry("a.png", 1)) == digest
