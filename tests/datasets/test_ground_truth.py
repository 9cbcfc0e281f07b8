"""Masks and boxes mark the pixels of the object; tests/bad_input covers mistakes."""

import hashlib
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from scipy import ndimage

from ssimball.config.model import PreprocessingConfig
from ssimball.datasets.ground_truth import Boxes, BoxFile
from ssimball.datasets.manifest import ManifestDataset
from ssimball.datasets.preprocessing import preprocess
from ssimball.errors import ImageError

SIDE = st.integers(1, 60)


@st.composite
def sized_boxes(draw):
    width, height = draw(SIDE), draw(SIDE)
    x, y = st.integers(0, width - 1), st.integers(0, height - 1)
    pairs = st.tuples(st.lists(x, min_size=2, max_size=2), st.lists(y, min_size=2, max_size=2))
    corners = [(sorted(xs), sorted(ys)) for xs, ys in draw(st.lists(pairs, min_size=1, max_size=3))]
    return width, height, [(x[0], y[0], x[1], y[1]) for x, y in corners]


def drawn(width, height, boxes):
    """Return the mask of Pillow's rectangles, which include both corners."""
    canvas = Image.new("1", (width, height))
    for box in boxes:
        ImageDraw.Draw(canvas).rectangle(box, fill=1)
    return np.asarray(canvas)


def voc(width, height, boxes):
    objects = "".join(
        f"<object><name>n01751748</name><bndbox><xmin>{a}</xmin><ymin>{b}</ymin><xmax>{c}</xmax>"
        f"<ymax>{d}</ymax></bndbox></object>"
        for a, b, c, d in boxes
    )
    size = f"<size><width>{width}</width><height>{height}</height><depth>3</depth></size>"
    return f"<annotation><folder>val</folder>{size}{objects}</annotation>"


@given(sized_boxes(), st.integers(1, 4))
def test_boxes_are_pillows_rectangles_in_the_manifest_and_in_xml(case, larger):
    width, height, boxes = case
    expected = drawn(width, height, boxes)
    np.testing.assert_array_equal(Boxes(tuple(boxes), "").draw(width, height), expected)
    with tempfile.TemporaryDirectory() as folder:
        file = BoxFile(Path(folder) / "a.xml")
        file.file.write_text(voc(width, height, boxes))
        # An image larger than the annotated one repeats each of its pixels.
        found = file.draw(width * larger, height * larger)
    repeated = expected.repeat(larger, axis=0).repeat(larger, axis=1)
    np.testing.assert_array_equal(found, repeated)


def painted(shape, box, orientation, suffix, folder):
    """Write a white object on grey, and its mask in stored pixels; return the mask."""
    canvas = Image.new("L", (170, 130))
    getattr(ImageDraw.Draw(canvas), shape)(box, fill=255)
    mask = np.asarray(canvas)
    exif = Image.Exif()
    exif[0x0112] = orientation
    photograph = Image.fromarray(np.repeat(np.maximum(mask, 90)[..., None], 3, axis=2))
    photograph.save(folder / f"photograph.{suffix}", exif=exif, quality=100)
    canvas.save(folder / "mask.png")
    return mask


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_mask_and_boxes_go_where_the_painted_object_goes(tmp_path, orientation, suffix):
    box = (30, 12, 88, 70)
    for shape, column, cell in [
        ("ellipse", "mask", "mask.png"),
        ("rectangle", "boxes", "30 12 88 41;30 40 88 70"),
    ]:
        painted(shape, box, orientation, suffix, tmp_path)
        path = tmp_path / "list.csv"
        path.write_text(f"path,label,{column}\nphotograph.{suffix},0,{cell}\n")
        dataset = ManifestDataset(path, 1)
        image = dataset.load(dataset.entries()[0])
        np.testing.assert_array_equal(image.mask, image.rgb[..., 0] > 172)
        for settings in (
            PreprocessingConfig(resize=96, crop=80),
            PreprocessingConfig(resize=140, crop=128, interpolation="bicubic"),
            PreprocessingConfig(crop=100),
        ):
            found = preprocess(image, settings)
            shown = found.rgb[..., 0] > 172
            border = ndimage.binary_dilation(shown) & ~ndimage.binary_erosion(shown)
            assert 0.1 < found.mask.mean() < 0.9
            assert not (found.mask ^ shown)[~border].any()


@pytest.mark.parametrize(
    ("name", "mode"),
    [(f"{mode}.png", mode) for mode in ("1", "L", "P", "RGB", "LA", "RGBA", "I;16")]
    + [("a.gif", "P"), ("a.bmp", "RGB"), ("a.pgm", "L")],
)
def test_what_is_not_black_is_object_in_any_mode(tmp_path, name, mode):
    truth = np.zeros((40, 50), np.uint8)
    truth[5:20, 10:30] = 1 if mode in ("L", "P", "I;16") and name[0] != "a" else 255
    mask = Image.fromarray(truth)
    if mode == "P":
        mask.putpalette(
            [0, 0, 0, 1, 0, 0, *[9] * 762]
        )  # as in PASCAL VOC, where indices are classes
    elif mode == "I;16":
        mask = Image.fromarray(truth.astype(np.uint16))
    else:
        mask = mask.convert(mode)
    mask.save(tmp_path / name)
    assert np.array_equal(load(tmp_path, "mask", name).mask, truth > 0)


def test_what_is_transparent_is_no_object(tmp_path):
    rgba = np.full((40, 50, 4), 255, np.uint8)
    rgba[:, 20:, 3] = 0
    Image.fromarray(rgba).save(tmp_path / "m.png")
    assert np.array_equal(load(tmp_path, "mask", "m.png").mask, rgba[..., 3] > 0)


def load(folder, column, cell):
    """Return the image of a manifest whose second row has a cell in a further column."""
    Image.new("RGB", (50, 40)).save(folder / "a.png")
    (folder / "list.csv").write_text(
        f"path,label,{column}\n{'b.png,0,':{len(cell)}}\na.png,0,{cell}\n"
    )
    dataset = ManifestDataset(folder / "list.csv", 1)
    entry = dataset.entries()[1]
    dataset.mask_sha256(entry)
    return dataset.load(entry)


def test_the_content_of_a_mask_is_recorded_and_checked_as_stated(tmp_path):
    Image.new("L", (50, 40), 255).save(tmp_path / "m.png")
    digest = hashlib.sha256((tmp_path / "m.png").read_bytes()).hexdigest()
    Image.new("RGB", (50, 40)).save(tmp_path / "a.png")
    rows = f"a.png,0,m.png,{digest},\nb.png,0,m.png,{'0' * 64},\nc.png,0,,,0 0 1 1\nd.png,0,,,\n"
    path = tmp_path / "list.csv"
    path.write_text(f"path,label,mask,mask_sha256,boxes\n{rows}")
    dataset = ManifestDataset(path, 1)
    stated, other, boxed, none = dataset.entries()
    assert dataset.mask_sha256(stated) == digest and dataset.load(stated).mask.all()
    with pytest.raises(ImageError, match=r"m\.png: .* the mask_sha256 in the manifest, line 3"):
        dataset.mask_sha256(other)
    # Boxes are part of the manifest, whose content is recorded elsewhere.
    assert dataset.mask_sha256(boxed) is None and boxed.truth is not None
    assert dataset.mask_sha256(none) is None and none.truth is None
    assert none.extra == {"mask_sha256": ""}
