"""Manifests of photographs in class folders, read back by the data set they are for."""

import numpy as np
import pytest
from PIL import Image

from ssimball.datasets.class_folders import manifest_of, passed_over
from ssimball.datasets.decoding import FORMATS
from ssimball.datasets.folders import SUFFIXES
from ssimball.datasets.manifest import ManifestDataset
from ssimball.errors import DatasetError


def photograph(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(path)


def test_folders_named_by_id_index_and_name(tmp_path):
    for name in ("n02123045/a.JPEG", "282/a.webp", "Egyptian_cat/b.jpg"):
        photograph(tmp_path / "photographs" / name)
    (tmp_path / "photographs" / "@eaDir").mkdir()
    (tmp_path / "photographs" / "282" / "notes.txt").touch()
    assert passed_over(tmp_path / "photographs") == ["282/notes.txt"]
    (tmp_path / "labels.csv").write_text(manifest_of(tmp_path / "photographs"), encoding="utf-8")
    dataset = ManifestDataset(tmp_path / "labels.csv", 1000)
    assert {entry.image_id: entry.label for entry in dataset.entries()} == {
        "n02123045/a.JPEG": 281,
        "282/a.webp": 282,
        "Egyptian_cat/b.jpg": 285,
    }
    assert all(dataset.load(entry).rgb.shape == (8, 8, 3) for entry in dataset.entries())


def test_files_of_every_format_that_is_decoded_count_as_photographs():
    formats = Image.registered_extensions()
    assert {formats[suffix] for suffix in SUFFIXES} == set(FORMATS)


def test_folders_of_no_class_are_refused(tmp_path):
    with pytest.raises(DatasetError, match="no photographs in class folders"):
        manifest_of(tmp_path)
    photograph(tmp_path / "tabbi" / "a.jpg")
    with pytest.raises(DatasetError, match=r"tabbi: holds photographs .*did you mean 'tabby'"):
        manifest_of(tmp_path)
