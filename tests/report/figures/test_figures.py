"""The contact sheet: what is drawn, equal bytes, unusual inputs."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.collections import LineCollection
from PIL import Image

from ssimball.report.figures.sheet import SheetRow, contact_sheet
from ssimball.report.figures.style import save

SHEET = {"amplify": 10.0, "top": 0.2, "title": "an attack"}


def sheet_row(seed=0, **changes):
    rng = np.random.default_rng(seed)
    clean = rng.integers(20, 230, (56, 56, 3), dtype=np.uint8)
    adversarial = clean + rng.integers(0, 8, clean.shape, dtype=np.uint8)
    ssim_map = 1 - 0.2 * rng.random((46, 46))
    cam = np.arange(49.0).reshape(7, 7) - 20
    row = {"image_id": "one", "true_name": "tabby", "predicted_name": "lynx, catamount"}
    row |= {"clean": clean, "adversarial": adversarial, "ssim_map": ssim_map, "cam": cam}
    return SheetRow(**{**row, "mean_ssim": 0.99, "spearman": 0.1, **changes})


def texts(figure):
    return [text.get_text() for text in figure.findobj(mpl.text.Text) if text.get_text()]


def test_sheet_amplifies_around_grey_and_outlines_the_top_cells():
    row = sheet_row()
    figure = contact_sheet([row, sheet_row(1)], **SHEET)
    shown = figure.axes[2].images[0].get_array()
    change = row.adversarial.astype(float) - row.clean
    np.testing.assert_allclose(shown, np.clip(0.5 + 10 * change / 255, 0, 1))
    [outline] = [c for c in figure.axes[5].collections if isinstance(c, LineCollection)]
    # The ten largest cells of this CAM: the last row, and three cells at the end of the one above.
    points = np.concatenate(outline.get_segments())
    assert len(outline.get_segments()) == 2 * (7 + 2)
    assert points.min(axis=0) == pytest.approx([-0.5, 39.5])
    assert points.max(axis=0) == pytest.approx([55.5, 55.5])


def test_sheet_draws_the_ssim_map_at_the_centres_of_its_windows():
    figure = contact_sheet([sheet_row()], **SHEET)
    assert figure.axes[3].images[0].get_extent() == pytest.approx((4.5, 50.5, 50.5, 4.5))


def test_sheet_accepts_unchanged_images_and_missing_values(tmp_path):
    row = sheet_row(ssim_map=np.ones((46, 46)), spearman=None, cam=np.zeros((7, 7)))
    save(contact_sheet([row], **SHEET), tmp_path / "sheet")
    mask = np.zeros((56, 56), bool)
    mask[10:30, 10:30] = True
    figure = contact_sheet([sheet_row(mask=mask, true_name="x" * 80)], **SHEET)
    assert any("object" in text for text in texts(figure))
    save(figure, tmp_path / "sheet")


def test_sheet_without_images_says_so(tmp_path):
    figure = contact_sheet([], **SHEET)
    assert any("No image to show" in text for text in texts(figure))
    save(figure, tmp_path / "sheet")


def test_text_of_the_sheet_does_not_overlap(overlapping_texts):
    long = "German short-haired pointer with a long name"
    rows = [
        sheet_row(n, true_name=long, predicted_name=long, image_id="ILSVRC2012_val_00012345")
        for n in range(3)
    ]
    figure = contact_sheet(rows, **SHEET)
    assert overlapping_texts(figure) == []
    labels = [t for t in figure.findobj(mpl.text.Text) if "ILSVRC" in t.get_text()]
    edge = figure.axes[0].get_window_extent().x0
    assert all(label.get_window_extent().x1 <= edge for label in labels)


def test_saved_bytes_do_not_depend_on_time_or_the_users_style(tmp_path, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    first = save(contact_sheet([sheet_row()], **SHEET), tmp_path / "first" / "figure")
    with mpl.rc_context({"font.size": 20, "savefig.transparent": True, "image.cmap": "gray"}):
        second = save(contact_sheet([sheet_row()], **SHEET), tmp_path / "second" / "figure")
    assert [path.name for path in first] == ["figure.pdf", "figure.png"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert sorted(path.name for path in first[0].parent.iterdir()) == ["figure.pdf", "figure.png"]
    assert b"CreationDate" not in first[0].read_bytes()
    with Image.open(first[1]) as image:
        assert "Software" not in image.info
