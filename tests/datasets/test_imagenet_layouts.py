"""Folders of ImageNet as people have them: names that hold the class, and what systems leave."""

import pytest

from ssimball.datasets.class_folders import manifest_of
from ssimball.datasets.imagenet import ImageNetDataset
from ssimball.datasets.imagenet_names import imagenet_class_names, imagenet_wnids
from ssimball.errors import DatasetError

LEFT_BY_SYSTEMS = ["@eaDir", "lost+found", "__MACOSX", "#recycle", ".DS_Store", "$RECYCLE.BIN"]


def put(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def labels(root):
    return {entry.image_id: entry.label for entry in ImageNetDataset(root).entries()}


def test_names_and_wnids_are_those_that_timm_gives():
    """Four seconds, since it imports timm."""
    from timm.data.imagenet_info import ImageNetInfo

    info = ImageNetInfo("imagenet-1k")
    assert list(imagenet_wnids()) == info.label_names() == sorted(info.label_names())
    assert list(imagenet_class_names()) == info.label_descriptions()


@pytest.mark.parametrize("name", LEFT_BY_SYSTEMS)
def test_what_systems_leave_beside_class_folders_is_passed_over(tmp_path, name):
    put(tmp_path, "n01440764/a.JPEG", "n01443537/b.JPEG", f"{name}/c.JPEG", "n01443537/._b.JPEG")
    put(tmp_path, "notes/readme.txt", "n01440764/@eaDir/a.JPEG/SYNOPHOTO_THUMB_M.jpg")
    assert labels(tmp_path) == {"a": 0, "b": 1}
    assert len(manifest_of(tmp_path).splitlines()) == 3


def test_file_names_label_the_images_of_a_flat_folder(tmp_path):
    put(tmp_path / "val", "ILSVRC2012_val_00000001_n01440764.JPEG", "7_n01443537.jpg")
    put(tmp_path / "val", "n01443537_10007.png", "thumbs.db", "._7_n01443537.jpg")
    expected = {"ILSVRC2012_val_00000001_n01440764": 0, "7_n01443537": 1, "n01443537_10007": 1}
    assert labels(tmp_path) == expected
    listed = [line.split(",")[1] for line in manifest_of(tmp_path / "val").splitlines()[1:]]
    assert sorted(listed) == ["0", "1", "1"]


@pytest.mark.parametrize("name", ["7_n00000001.jpg", "n01440764_n01443537.jpg"])
def test_file_names_that_name_no_class_or_two_are_refused(tmp_path, name):
    put(tmp_path, name)
    with pytest.raises(DatasetError, match=f"{name}: .* is not a WordNet ID of ILSVRC-2012"):
        labels(tmp_path)


@pytest.mark.parametrize("root", ["", "ILSVRC2012_img_val.tar"])
def test_the_archive_as_downloaded_is_to_be_unpacked(tmp_path, root):
    put(tmp_path, "ILSVRC2012_img_val.tar")
    with pytest.raises(DatasetError, match=r"img_val\.tar: an archive; unpack it into a folder"):
        labels(tmp_path / root)
