"""Which shards of the subset depend on which rows of a manifest."""

from pathlib import Path

import pytest

from ssimball.config.study import load_study
from ssimball.errors import DatasetError
from ssimball.pipeline.plan import Plan

ROWS = ["a.png,0,cat,me", "b.png,0,,me", "c.png,1,,you"]


def shards(folder, rows, images="all", touch=("a.png", "b.png", "c.png")):
    """Return the stage of each shard of two images, for a manifest with these rows."""
    path = folder / "list.csv"
    for name in touch:
        (folder / name).touch()
    path.write_text("\n".join(["path,label,name,author", *rows]))
    dataset = {"kind": "manifest", "manifest": {"path": str(path)}}
    raw = {"dataset": dataset, "subset": {"images": images}, "execution": {"shard_size": 2}}
    plan = Plan(load_study(raw), Path())
    return [plan.stages.subset(shard).canonical() for shard in plan.subset.shards]


def test_rows_appended_to_a_manifest_change_the_last_shard_and_add_others(tmp_path):
    before = shards(tmp_path, ROWS)
    after = shards(tmp_path, [*ROWS, "d.png,1,,you", "e.png,2,,you"])
    assert (len(before), len(after)) == (2, 3)
    assert after[0] == before[0]
    assert after[1] != before[1]


@pytest.mark.parametrize(
    ("row", "changed"),
    [
        ("a.png,0,cat,you", [True, False]),
        # The name of a class belongs to all of its images.
        ("a.png,0,dog,me", [True, False]),
        ("a.png,1,cat,me", [True, True]),
    ],
)
def test_a_changed_row_changes_the_shards_that_depend_on_it(tmp_path, row, changed):
    before, after = shards(tmp_path, ROWS), shards(tmp_path, [row, *ROWS[1:]])
    assert [one != other for one, other in zip(before, after, strict=True)] == changed


def test_more_images_drawn_only_add_shards(tmp_path):
    before, after = shards(tmp_path, ROWS, 2), shards(tmp_path, ROWS, 3)
    assert after[: len(before)] == before


def test_too_many_images_are_refused_before_any_job(tmp_path):
    with pytest.raises(DatasetError, match=r"subset\.images: 4 is more than the 3 images"):
        shards(tmp_path, ROWS, 4)


def test_images_that_are_all_gone_are_refused_before_any_job(tmp_path):
    with pytest.raises(DatasetError, match=r"none of the 2 images .*a\.png \(failed: .*missing"):
        shards(tmp_path, ROWS[:2], touch=())


def imagenet(root, images):
    dataset = {"kind": "imagenet", "imagenet": {"root": str(root)}}
    raw = {"dataset": dataset, "subset": {"images": images}, "execution": {"shard_size": 2}}
    return Plan(load_study(raw | {"model": {"num_classes": 1000}}), Path()).subset.shards


def test_shards_are_counted_in_the_folder_of_imagenet(tmp_path):
    with pytest.raises(DatasetError, match="there is no such folder"):
        imagenet(tmp_path / "gone", "all")
    (tmp_path / "n01440764").mkdir()
    for name in "abc":
        (tmp_path / "n01440764" / f"{name}.JPEG").touch()
    assert imagenet(tmp_path, "all") == ["00000", "00001"]
    with pytest.raises(DatasetError, match=r"subset\.images: 4 is more than the 3 images"):
        imagenet(tmp_path, 4)
