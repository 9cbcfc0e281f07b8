"""A manifest gives the same entries however it is written; tests/bad_input covers mistakes."""

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
from ssimball.errors import ImageError


def manifest(folder, text, n_classes=10, **options):
    path = folder / "list.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return ManifestDataset(path, n_classes, **options)


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
        # Rows keep their order, so that rows added at the end come last.
        assert summary(dataset) == [by_id[f"{stem}.png"] for stem, _ in items]
        assert all(folder not in entry.image_id for entry in dataset.entries())


def test_ids_are_normalised_paths_that_do_not_reveal_the_folder(tmp_path):
    inside, outside = tmp_path / "deep" / "d.png", tmp_path.parent / "e.png"
    text = f"path,label\n./sub//a.png,1\n../b.png,2\n{inside},3\n{outside},4\n"
    ids = {
        entry.label: entry.image_id
        for entry in manifest(tmp_path, text, stay_inside=False).entries()
    }
    assert ids == {1: "sub/a.png", 2: "../b.png", 3: "deep/d.png", 4: "e.png"}


def test_a_column_of_ids_is_used_and_other_columns_are_stored(tmp_path):
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


@pytest.mark.parametrize(
    ("named", "other"), [("Tinca tinca", "goldfish, Carassius auratus"), ("cat", "1"), ("", None)]
)
def test_a_thousand_classes_are_imagenets_unless_a_name_contradicts(tmp_path, named, other):
    names = manifest(tmp_path, f"path,label,name\na.png,0,{named}\nb.png,2,\n", 1000).class_names
    assert names[:2] == [named or "tench, Tinca tinca", other or "goldfish, Carassius auratus"]


def test_the_column_class_name_takes_precedence_over_name(tmp_path):
    text = "path,label,name,class_name\na.png,0,Tom,cat\nb.png,0,Kitty,cat\n"
    assert manifest(tmp_path, text, 1).class_names == ["cat"]


def test_files_are_loaded_and_checked_against_a_stated_sha256(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 4, 3), dtype=np.uint8)
    for name in ("a", "b", "c"):
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    digest = hashlib.sha256((tmp_path / "a.png").read_bytes()).hexdigest()
    text = f"path,label,sha256\na.png,1,{digest.upper()}\nb.png,2,\nc.png,3,{'0' * 64}\n"
    dataset = manifest(tmp_path, text)
    stated, unstated, other = dataset.entries()
    for entry in (stated, unstated):
        image = dataset.load(entry)
        assert np.array_equal(image.rgb, pixels) and image.mask is None
        assert dataset.sha256(entry) == digest
    reasons = [
        (other, r"^c\.png: file does not match the sha256 in the manifest, line 4; get"),
        (Entry("z.png", 0), r"^z\.png: not in the data set list\.csv$"),
    ]
    for entry, reason in reasons:
        for method in (dataset.load, dataset.sha256):
            with pytest.raises(ImageError, match=reason):
                method(entry)
    # An entry rebuilt from a stored table has no location.
    assert dataset.sha256(Entry("a.png", 1)) == digest
